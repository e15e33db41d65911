import { randomUUID } from 'node:crypto';
import type { FlightsClient } from '../connect/flights-connection.js';
import type { Offer } from '../domain/offers.js';
import { bar, column, duration, milliseconds, whole } from '../terminal/columns.js';
import type { Walk } from './walk.js';

const route = { from: 'FRA', to: 'SIN' };

/** Shows every offer as it comes; resolves with the cheapest. */
export async function searchOffers(walk: Walk): Promise<Offer> {
  return await walk.stage.step('Subscription: one request, many offers', async (step) => {
    step.begin("client.offers.search.subscribe({ from: 'FRA', to: 'SIN', day })");
    const startedAt = performance.now();
    const search = { ...route, searchId: randomUUID(), day: walk.day };
    const offers = await step.call('  all offers', () =>
      collectOffers(walk.connection.client, search, {
        onOffer: (offer) => step.say(offerLine(walk, offer, performance.now() - startedAt)),
      }),
    );
    const cheapest = offers.toSorted((a, b) => a.priceEur - b.priceEur)[0];
    if (!cheapest) throw new Error('No carrier made an offer');
    step.say(
      `cheapest of ${offers.length}: ${walk.paint.good(`${cheapest.flight}, EUR ${cheapest.priceEur}`)}`,
    );
    step.answer(offers);
    return cheapest;
  });
}

export async function stopHalfWay(walk: Walk): Promise<void> {
  const { client } = walk.connection;
  await walk.stage.step('Subscription: stopped half-way', async (step) => {
    step.begin(
      "client.offers.search.subscribe({ from: 'FRA', to: 'SIN', day })   unsubscribe() after 3 offers",
    );
    const search = { ...route, searchId: randomUUID(), day: walk.day };
    const offers = await collectOffers(client, search, { limit: 3 });
    const ended = await step.call('client.offers.ended.query({ searchId })', () =>
      client.offers.ended.query({ searchId: search.searchId }),
    );
    if (ended.sent >= ended.found) throw new Error('The server went on although the client had left');
    step.say(
      `received ${offers.length}, then left; ${walk.paint.strong(ended.servedBy)} noticed: `.concat(
        `${ended.sent} of ${ended.found} sent, its generator is closed`,
      ),
    );
    step.answer([offers, ended.found]);
  });
}

interface Search {
  readonly searchId: string;
  readonly from: string;
  readonly to: string;
  readonly day: Date;
}

/** Resolves when the search is over, or after `limit` offers, having told the server that it leaves. */
function collectOffers(
  client: FlightsClient,
  search: Search,
  options: { readonly limit?: number; readonly onOffer?: (offer: Offer) => void },
): Promise<Offer[]> {
  return new Promise((resolve, reject) => {
    const offers: Offer[] = [];
    const subscription = client.offers.search.subscribe(search, {
      onData: (offer) => {
        offers.push(offer);
        options.onOffer?.(offer);
        if (offers.length === options.limit) {
          subscription.unsubscribe();
          resolve(offers);
        }
      },
      onError: reject,
      onComplete: () => resolve(offers),
    });
  });
}

function offerLine(walk: Walk, offer: Offer, ms: number): string {
  const { paint } = walk;
  return [
    paint.quiet(column(`+${milliseconds(ms)}`, 8, 'right')),
    paint.strong(column(offer.flight, 6)),
    column(offer.carrier, 16),
    column(offer.stops.join('-'), 12),
    column(`${whole(offer.distanceKm)} km`, 10, 'right'),
    column(duration(offer.departure, offer.arrival), 9, 'right'),
    column(`EUR ${offer.priceEur}`, 9, 'right'),
    paint.accent(bar(offer.priceEur / 1_200, 16)),
  ].join(' ');
}
