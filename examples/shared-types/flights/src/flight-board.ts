/**
 * What the procedures work with: interfaces only. The router's type names its context, and so whatever the context
 * names; of an interface that is nothing but its signatures.
 */

/** A flight, as clients see it. */
export interface Flight {
  readonly number: string;
  readonly from: string;
  readonly to: string;
  readonly departure: Date;
  readonly seatsLeft: number;
  readonly status: 'planned' | 'delayed';
}

/** All flights, and who booked them. */
export interface FlightBoard {
  find(number: string): Flight | undefined;
  search(from: string, to: string): Flight[];
  delay(number: string, minutes: number): Flight | undefined;
  /** Takes seats; `undefined` when there are not enough left. */
  book(number: string, seats: number): string | undefined;
  /** The flight as it is, and after each change. */
  watch(number: string, signal: AbortSignal | undefined): AsyncIterable<Flight>;
  audit(bookingId: string, note: string): void;
  /** The first note about a booking, as soon as there is one. */
  firstNote(bookingId: string, signal: AbortSignal | undefined): Promise<string>;
}
