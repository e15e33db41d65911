/** Something that trpc-kafka is meant to reach, and whether it did. */
import type { Spread } from '../measure/statistics.ts';

/** A target. */
export interface Target {
  readonly what: string;
  /** As it is set: `≤ 1.2 × raw kafkajs`. */
  readonly goal: string;
  /** An aim is worth striving for; missing it is no failure. */
  readonly isAim: boolean;
  /** The figure in the unit of `goal`; `undefined` when the run did not measure it. */
  readonly measured: Spread | undefined;
  readonly isMet: boolean | undefined;
  /** `measured` as people read it. */
  readonly text: string;
}

/** How a target is set. */
export interface TargetOptions {
  readonly what: string;
  /** What it is measured in: `× wsLink`, `ms`. */
  readonly unit: string;
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly isAim?: boolean;
  readonly measured: Spread | undefined;
  /** What else should be known of the figure. */
  readonly note?: string | undefined;
}

/** Judges by the median. */
export function createTarget(options: TargetOptions): Target {
  const { what, unit, atMost, atLeast, isAim = false, measured, note } = options;
  const bound = atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`;
  return {
    what,
    goal: `${isAim ? 'aim: ' : ''}${bound} ${unit}`,
    isAim,
    measured,
    isMet: measured && isWithin(measured.median, { atMost, atLeast }),
    text:
      measured === undefined
        ? 'not measured'
        : `${formatSpread(measured)} ${unit}${note === undefined ? '' : ` (${note})`}`,
  };
}

function isWithin(
  value: number,
  { atMost, atLeast }: { atMost: number | undefined; atLeast: number | undefined },
): boolean {
  return value <= (atMost ?? Number.POSITIVE_INFINITY) && value >= (atLeast ?? Number.NEGATIVE_INFINITY);
}

/** `1.23 [1.1–1.4]`; without the brackets where there is one sample. */
export function formatSpread(
  { median, min, max }: Spread,
  format: (value: number) => string = shortNumber,
): string {
  return min === max ? format(median) : `${format(median)} [${format(min)}–${format(max)}]`;
}

/** Three digits that matter, and no more. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(size >= 10 ? 1 : 2);
}
