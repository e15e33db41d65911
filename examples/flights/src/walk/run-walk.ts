/**
 * A walk through everything that the flights service can do, the same over each transport.
 * Owns: the order of the steps.
 * Must not know: which transport carries the calls.
 */
import { lookUpAirport, nearestAirports, whoAnswers } from './airport-steps.js';
import { auditOneWay, book } from './booking-steps.js';
import { typedErrors } from './error-steps.js';
import { shareTheWork } from './instance-steps.js';
import { searchOffers, stopHalfWay } from './offer-steps.js';
import type { Walk } from './walk.js';

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
