/** What options of commands are given as. */
import { InvalidArgumentError } from 'commander';

/** A whole number above 0. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('A whole number above 0.');
  return count;
}
