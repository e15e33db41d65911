import { randomBytes } from 'node:crypto';

/** A Kafka Uuid: 16 bytes in URL-safe base64, not starting with a dash, which its tools would take for an option. */
export function createClusterId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? createClusterId() : id;
}
