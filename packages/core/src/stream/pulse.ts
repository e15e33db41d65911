/** How two instances that share streams know of each other: who speaks when, and when silence means a loss. Pure: time comes in as what has passed. */

/** The lease of a streamed result whose call names none: its caller says only that it reads one, since most results are none. */
export const defaultLeaseMs = 15_000;

/** The pulse of one instance at the other end of streams. */
export interface Pulse {
  /** A record of the other instance was read. */
  heard(): void;
  /** Something was written to it. */
  spoke(): void;
  /** Lets time pass. */
  beat(passed: PassedTime): PulseVerdict;
}

/** Time that went by. */
export interface PassedTime {
  readonly ms: number;
  /**
   * How much of it counts as silence: none while this side has not read all that was written to it, and never more than
   * one beat, so that a process that was stopped reads what has come in the meantime before it judges.
   */
  readonly silentMs: number;
}

/** `speak`: it is time to be heard. `lost`: the other instance was silent for too long. */
export type PulseVerdict = 'quiet' | 'speak' | 'lost';

/** When to speak, and when to give up. */
export interface PulseTimes {
  readonly speakEveryMs: number;
  readonly lostAfterMs: number;
}

/** Makes the pulse of an instance that was heard and spoken to just now. */
export function createPulse(times: PulseTimes): Pulse {
  let sinceHeardMs = 0;
  let sinceSpokeMs = 0;
  return {
    heard() {
      sinceHeardMs = 0;
    },
    spoke() {
      sinceSpokeMs = 0;
    },
    beat({ ms, silentMs }) {
      sinceHeardMs += silentMs;
      sinceSpokeMs += ms;
      if (sinceHeardMs >= times.lostAfterMs) return 'lost';
      if (sinceSpokeMs < times.speakEveryMs) return 'quiet';
      sinceSpokeMs = 0;
      return 'speak';
    },
  };
}
