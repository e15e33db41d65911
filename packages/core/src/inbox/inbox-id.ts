/** Makes inbox ids. Not in `protocol/`, which knows no source of chance. */
import { randomBytes } from 'node:crypto';

/** 128 random bits as 22 characters of base64url. Who does not know it cannot write to the inbox. */
export function createInboxId(): string {
  return randomBytes(16).toString('base64url');
}
