/** The outcome of reading one envelope: a message, or why there is none. */
import type { CallId, Message } from './message.js';

/** A message, or why there is none; `id` where it could be read, so that a call can be answered. */
export type DecodedEnvelope = { readonly ok: true; readonly message: Message } | RefusedEnvelope;

/** An envelope that gave no message. */
export interface RefusedEnvelope {
  readonly ok: false;
  readonly reason: string;
  readonly id: CallId | undefined;
  /** True when it has a `method`: a call gets an error where it can be answered, anything else is counted and ignored. */
  readonly call: boolean;
  /** True when it may be right and this release is too old to know. */
  readonly unknownKind: boolean;
}

export function accepted(message: Message): DecodedEnvelope {
  return { ok: true, message };
}

/** What is known of an envelope that is refused. */
export interface RefusedFacts {
  readonly id?: CallId;
  readonly call?: boolean;
  readonly unknownKind?: boolean;
}

export function refused(reason: string, facts: RefusedFacts = {}): RefusedEnvelope {
  const { id, call = false, unknownKind = false } = facts;
  return { ok: false, reason, id, call, unknownKind };
}
