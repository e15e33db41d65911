/** Times as people give them: a date, or how long ago. */
import { InvalidArgumentError } from 'commander';

const unitsMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** In ms since 1970. @throws InvalidArgumentError that says what can be given. */
export function parseTime(text: string): number {
  const [, amount, unit] = /^(\d{1,9})([smhd])(?: ago)?$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) return Date.now() - Number(amount) * unitsMs[unit]!;
  const ms = Date.parse(text);
  if (Number.isNaN(ms))
    throw new InvalidArgumentError('Give a time as 2026-07-01T08:00Z, or how long ago: 30m, 2h, 7d.');
  return ms;
}
