import { z } from 'zod';

const rows = 30;
const letters = ['A', 'B', 'C', 'D', 'E', 'F'] as const;

/** Row 1 to 30 and a letter A to F, such as `12A`. */
export const seatSchema = z
  .string()
  .regex(/^([1-9]|[12]\d|30)[A-F]$/, 'A seat is a row from 1 to 30 and a letter from A to F, such as 12A');

/** Every seat of the cabin, from the front to the back. */
const cabinSeats: readonly string[] = Array.from({ length: rows }, (_, row) =>
  letters.map((letter) => `${row + 1}${letter}`),
).flat();

/** The first seats not yet taken; fewer than asked for when the flight is nearly full. */
export function freeSeats(taken: ReadonlySet<string>, count: number): string[] {
  return cabinSeats.filter((seat) => !taken.has(seat)).slice(0, count);
}
