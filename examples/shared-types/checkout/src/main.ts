/** A walk through the flights service: a query, a mutation with a typed error, a subscription, a one-way call. */
import { safe, TRPCClientError } from '@trpc/client';
import { connectToFlights, type Flight, type FlightSearch } from './flights.js';

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const show = ({ number, departure, seatsLeft, status }: Flight): string =>
  `${number} ${departure.toISOString().slice(11, 16)} ${status}, seats left: ${seatsLeft}`;

async function main(): Promise<void> {
  await using flights = connectToFlights((process.env['KAFKA_BROKERS'] ?? 'localhost:9092').split(','));
  const { client, emitter } = flights;

  const search: FlightSearch = { from: 'FRA', to: 'JFK' };
  for (const flight of await client.flights.search.query(search)) say(`query         ${show(flight)}`);

  const [, notFound] = await safe(client.flights.byNumber.query('XX1'));
  say(`error         ${notFound?.data?.code}: ${notFound?.message}`);
  const [, invalid] = await safe(client.flights.byNumber.query('the one to New York'));
  say(`error         ${invalid?.data?.code}: ${Object.values(invalid?.data?.invalidFields ?? {}).join()}`);

  const booked = await client.bookings.book.mutate({ number: 'LH400', seats: 2 });
  say(`mutation      ${booked.bookingId} for ${booked.bookedBy}, ${booked.departure.toISOString()}`);
  const [, tooMany] = await safe(client.bookings.book.mutate({ number: 'LH400', seats: 2 }));
  if (tooMany?.data && 'seatsLeft' in tooMany.data)
    say(`typed error   seats left: ${tooMany.data.seatsLeft}`);

  for await (const { data } of client.flights.watch.subscribe({ number: 'LH400' })) {
    say(`subscription  ${show(data)}`);
    if (data.status === 'delayed') break;
    await client.flights.delay.mutate({ number: 'LH400', minutes: 45 });
  }

  const { topic } = await emitter.bookings.audit({ bookingId: booked.bookingId, note: 'paid by card' });
  say(`one-way       in ${topic}`);
  say(`              noted: ${await client.bookings.firstNote.query(booked.bookingId)}`);
}

main().catch((error: unknown) => {
  const cause = error instanceof TRPCClientError ? error.cause : undefined;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)} ${cause?.stack ?? ''}\n`);
  process.exitCode = 1;
});
