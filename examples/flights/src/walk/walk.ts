/**
 * A walk through everything that the flights service can do, the same over each transport.
 * Owns: the order of the steps.
 * Must not know: which transport carries the calls.
 */
import type { FlightsConnection } from '../connect/flights-connection.js';
import type { Paint } from '../terminal/paint.js';
import type { Stage } from '../terminal/stage.js';
import { lookUpAirport, nearestAirports, whoAnswers } from './airport-steps.js';
import { auditOneWay, book } from './booking-steps.js';
import { typedErrors } from './error-steps.js';
import { shareTheWork } from './instance-steps.js';
import { searchOffers, stopHalfWay } from './offer-steps.js';

/** What each step of the walk has at hand. */
export interface Walk {
  readonly connection: FlightsConnection;
  readonly stage: Stage;
  readonly paint: Paint;
  /** Any moment of the day on which to fly. */
  readonly day: Date;
}

/** Runs all steps; rejects with a sentence when one of them does not see what it must see. */
export async function runWalk(walk: Walk): Promise<void> {
  await whoAnswers(walk);
  await lookUpAirport(walk);
  await nearestAirports(walk);
  await typedErrors(walk);
  const cheapest = await searchOffers(walk);
  const booking = await book(walk, cheapest);
  await stopHalfWay(walk);
  await auditOneWay(walk, booking);
  await shareTheWork(walk);
}
