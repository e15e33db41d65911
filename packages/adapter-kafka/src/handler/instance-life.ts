/** Where a server instance is in its life, for whoever asks. */

/** The states that are told. */
export type InstanceState = 'starting' | 'ready' | 'draining';

/** The life of a server instance. */
export interface InstanceLife {
  readonly startedAtMs: number;
  state: InstanceState;
}

/** A life that begins now. */
export function createInstanceLife(): InstanceLife {
  return { startedAtMs: Date.now(), state: 'starting' };
}
