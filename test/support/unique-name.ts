/** Names on brokers that other tests use, too. */
import { randomBytes } from 'node:crypto';

/** A name that nobody else has, fit for a service, a topic or a group. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(8).toString('hex')}`;
}
