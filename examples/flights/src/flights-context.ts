import type { AirportDirectory } from './domain/airport-directory.js';
import { createAirportDirectory } from './domain/airport-directory.js';
import { readOpenFlights } from './domain/open-flights.js';
import { type Ledger, openLedger } from './store/ledger.js';
import { openSeatClaims, type SeatClaims } from './store/seat-claims.js';

/** What every procedure of the router has at hand; the same over each transport. */
export interface FlightsContext {
  /** The name of this server instance. */
  readonly instance: string;
  readonly airports: AirportDirectory;
  readonly ledger: Ledger;
  readonly seats: SeatClaims;
  /** Writes a line to the server's log. */
  readonly log: (line: string) => void;
}

export interface FlightsContextOptions {
  readonly instance: string;
  /** The folder that all instances share. */
  readonly dataDirectory: string;
  readonly log: (line: string) => void;
}

/** Reads the airports and opens the stores of one server instance. */
export async function createFlightsContext(options: FlightsContextOptions): Promise<FlightsContext> {
  return {
    instance: options.instance,
    airports: createAirportDirectory(readOpenFlights().airports),
    ledger: await openLedger(options.dataDirectory),
    seats: await openSeatClaims(options.dataDirectory),
    log: options.log,
  };
}
