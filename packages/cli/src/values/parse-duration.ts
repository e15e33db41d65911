/** Durations as people give them. */
import { InvalidArgumentError, Option } from 'commander';

const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** In ms. @throws InvalidArgumentError that says what can be given. */
export function parseDuration(text: string): number {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|[smhd])$/.exec(text) ?? [];
  const ms = Math.round(Number(amount) * (unitsMs[unit ?? ''] ?? Number.NaN));
  if (Number.isSafeInteger(ms) && ms > 0) return ms;
  throw new InvalidArgumentError('Give a time with its unit: 500ms, 5s, 2m, 1h, 7d.');
}
/** A duration for people: its largest unit that says it in whole numbers, or nearly so. */
export function formatDuration(ms: number): string {
  const sizes = Object.entries(unitsMs).toReversed();
  const [unit, size] = sizes.find(([, each]) => ms >= each && (ms % each === 0 || ms >= 10 * each)) ?? [
    'ms',
    1,
  ];
  return `${Math.round(ms / size)}${unit}`;
}

/** How long something runs; nobody needs its milliseconds. */
export function formatUptime(ms: number): string {
  return formatDuration(Math.max(1, Math.round(ms / 1000)) * 1000);
}

/** A flag that takes a duration, whose default is shown as one would give it. */
export function durationOption(flags: string, description: string, defaultMs: number): Option {
  return new Option(flags, description)
    .argParser(parseDuration)
    .default(defaultMs, formatDuration(defaultMs));
}
