/** A client that has the packed package and nothing else of the service. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packedPackages } from '../../../scripts/packages/packed-packages.js';
import { realKafka } from '../../../test/support/real-kafka/real-kafka.js';
import { type Checkout, cloneCheckout } from '../src/checkout.js';
import { startFlightsServer } from '../src/flights-server.js';
import { publishApi } from '../src/publish-api.js';

const kafka = await realKafka();
const replaceIn = async (file: string, from: RegExp, to: string): Promise<void> => {
  const text = await readFile(file, 'utf8');
  expect(text).toMatch(from);
  await writeFile(file, text.replaceAll(from, to));
};

/** What the compiler says. */
async function complaintsOf(checkout: Checkout): Promise<string[]> {
  const output = await checkout.build().then(
    () => '',
    (error: Error) => error.message,
  );
  return output.split('\n').filter((line) => /^src\/\S+\.ts\(\d+,\d+\): error/.test(line));
}

/** The Kafka of the whole run: others use it, too. */
async function sharedKafka(): Promise<AsyncDisposable & { brokers: string[] }> {
  return { brokers: kafka.brokers ?? [], async [Symbol.asyncDispose]() {} };
}

/** Installs a release of the service in which something was changed. */
async function upgrade(checkout: Checkout, change: (repository: string) => Promise<void>): Promise<void> {
  await using release = await publishApi({ change });
  await checkout.upgrade(release.tarball);
}

describe('checkout', { timeout: 120_000 }, () => {
  const cleanUps: AsyncDisposable[] = [];
  let checkout: Checkout;

  beforeAll(async () => {
    const [release, packages] = await Promise.all([publishApi(), packedPackages()]);
    cleanUps.push(release);
    checkout = await cloneCheckout({ api: release.tarball, packages });
    cleanUps.push(checkout);
    await checkout.build();
  }, 300_000);
  afterAll(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp[Symbol.asyncDispose]();
  });

  test('has neither the service nor what the service needs', async () => {
    const installed = await readdir(join(checkout.path, 'node_modules/.pnpm'));
    const names = installed.map((name) => name.replace(/^(@?[^@]+)@.*$/, '$1'));
    expect(names).toContain('@acme+flights-api');
    expect(names).toContain('@trpc-kafka+link');
    expect(names.filter((name) => /zod|@trpc-kafka\+(adapter|dev-broker|testing)/.test(name))).toEqual([]);
  });

  const targets = [
    { name: 'dev-broker', skip: false, open: createDevBroker },
    { name: 'real Kafka', skip: kafka.unavailable !== undefined, open: sharedKafka },
  ];
  test.for(targets)('calls the service on $name', async ({ skip, open }, { skip: skipTest }) => {
    skipTest(skip, kafka.unavailable);
    await using broker = await open();
    await using _server = await startFlightsServer(broker.brokers);
    const { stdout } = await checkout.start(broker.brokers);
    expect(stdout.trim().split('\n')).toEqual([
      'query         LH400 10:35 planned, seats left: 3',
      'query         SQ25 08:15 planned, seats left: 90',
      'error         NOT_FOUND: No flight XX1',
      'error         BAD_REQUEST: Two capital letters and up to four digits',
      'mutation      B1-LH400 for checkout, 2026-12-24T10:35:00.000Z',
      'typed error   seats left: 1',
      'subscription  LH400 10:35 planned, seats left: 1',
      'subscription  LH400 11:20 delayed, seats left: 1',
      'one-way       in flight-board.one-way',
      '              noted: paid by card',
    ]);
  });

  test('is told by the compiler what does not fit', async () => {
    const wrong = join(checkout.path, 'src/wrong.ts');
    const lines = [
      "import type { connectToFlights } from './flights.js';",
      'declare const { client, emitter }: ReturnType<typeof connectToFlights>;',
      'void client.flights.byNumber.query(400);',
      'void client.flights.byNumber.mutate("LH400");',
      'void client.flights.land.mutate("LH400");',
      'void emitter.flights.byNumber("LH400");',
      'void emitter.bookings.audit({ bookingId: "B1" });',
      'void client.bookings.book.mutate({ number: "LH400" });',
    ];
    await writeFile(wrong, lines.join('\n'));
    const complaints = await complaintsOf(checkout);
    await rm(wrong);
    expect(complaints.map((line) => line.replace(/,.*$/, ''))).toEqual(
      [3, 4, 5, 6, 7].map((n) => `src/wrong.ts(${n}`),
    );
  });

  test('fits a release that adds to inputs and outputs, as it is', async () => {
    await upgrade(checkout, async (repository) => {
      const file = (name: string): string => join(repository, 'src', name);
      await replaceIn(
        file('flight-board.ts'),
        /readonly seatsLeft: number;/g,
        'readonly seatsLeft: number;\n  readonly gate: string;',
      );
      await replaceIn(file('router.ts'), /to: airport \}/g, 'to: airport, direct: z.boolean().optional() }');
    });
    const declarations = await readFile(
      join(checkout.path, 'node_modules/@acme/flights-api/dist/index.d.ts'),
      'utf8',
    );
    expect(declarations).toContain('readonly gate: string');
    expect(declarations).toContain('direct?: boolean | undefined');
    expect(await complaintsOf(checkout)).toEqual([]);
  });

  test('does not compile against a release whose output has changed', async () => {
    await upgrade(checkout, async (repository) => {
      await replaceIn(join(repository, 'src/flight-board.ts'), /departure/g, 'departsAt');
      await replaceIn(join(repository, 'src/router.ts'), /flight\.departure/g, 'flight.departsAt');
    });
    const complaints = await complaintsOf(checkout);
    expect(complaints.length).toBeGreaterThan(0);
    for (const line of complaints) expect(line).toMatch(/^src\/main\.ts.*'departure' does not exist/);
  });
});
