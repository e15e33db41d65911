/** The one timer behind the pulses of all instances that share streams with this one. It runs only while there are some. */
import type { PassedTime } from '../stream/pulse.js';
import { systemClock as clock } from './deadline-table.js';

/** Lets pulses beat. */
export interface PulseTimer {
  /** Starts the timer, or makes it as fast as a pulse with this time to its loss needs. */
  run(lostAfterMs: number): void;
  stop(): void;
}

/** What a pulse timer works with. */
export interface PulseTimerOptions {
  /** True when all that was written to this instance has been read. */
  readonly isCaughtUp: () => boolean;
  readonly onBeat: (passed: PassedTime) => void;
}

/** Between two looks, however long the leases are. */
const longestBeatMs = 1000;
/** A loss is seen at most so late, as a part of the time that leads to it. */
const beatsPerLease = 10;

/** Makes a timer that does not run. */
export function createPulseTimer(options: PulseTimerOptions): PulseTimer {
  let beatMs = Number.POSITIVE_INFINITY;
  let lastMs = 0;
  let timer: unknown;

  function arm(): void {
    timer = clock.setTimeout(beat, beatMs);
  }

  function beat(): void {
    arm();
    const nowMs = clock.now();
    const ms = Math.max(0, nowMs - lastMs);
    lastMs = nowMs;
    options.onBeat({ ms, silentMs: options.isCaughtUp() ? Math.min(ms, beatMs) : 0 });
  }

  return {
    run(lostAfterMs) {
      const wantedMs = Math.min(longestBeatMs, Math.ceil(lostAfterMs / beatsPerLease));
      if (wantedMs >= beatMs) return;
      beatMs = wantedMs;
      if (timer === undefined) lastMs = clock.now();
      else clock.clearTimeout(timer);
      arm();
    },
    stop() {
      if (timer !== undefined) clock.clearTimeout(timer);
      timer = undefined;
      beatMs = Number.POSITIVE_INFINITY;
    },
  };
}
