/** Every contestant answers as it should: a benchmark is worth nothing where one of them does not. */
import { afterAll, describe, expect, test } from 'vitest';
import { sharedBrokers } from '../../test/support/shared-brokers.ts';
import { uniqueName } from '../../test/support/unique-name.ts';
import type { ContestantClient } from '../src/contestants/contestant.ts';
import { type ContestantEntry, contestants } from '../src/contestants/index.ts';
import { itemText } from '../src/contestants/stream-items.ts';

const [embedded, real] = await sharedBrokers();
const texts = Array.from({ length: 100 }, (_, n) => `${n} € `.padEnd(100, 'x'));

/** Who is ours has whole suites on both brokers; the others are tried here alone. */
const onRealKafka = contestants.filter(({ kind, transport }) => transport === 'kafka' && kind !== 'ours');

describe('on the embedded broker', { concurrent: true }, () => {
  test.each(contestants)('$name answers', (entry) => tryContestant(entry, embedded.brokers));
});

describe.skipIf(real.skip)('on real Kafka', { concurrent: true }, () => {
  test.each(onRealKafka)('$name answers', (entry) => tryContestant(entry, real.brokers));
});

/** Closed behind all tests, together: those that have joined a group take seconds to leave it. */
const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  await Promise.all(closers.map((close) => close()));
});

async function tryContestant({ load, streams }: ContestantEntry, brokers: readonly string[]): Promise<void> {
  const contestant = await load();
  const setting = { brokers, name: uniqueName('bench'), partitions: 3 };
  const server = await contestant.startServer(setting);
  const client = await contestant.openClient({ ...setting, address: server.address });
  closers.push(async () => {
    await client.close();
    await server.close();
  });

  expect(await Promise.all(texts.map((text) => client.call(text)))).toEqual(texts);
  if (streams) await tryStream(client as Required<ContestantClient>);
}

async function tryStream(client: Required<ContestantClient>): Promise<void> {
  const items: string[] = [];
  await client.stream(50, (item) => items.push(item));
  expect(items).toEqual(Array.from({ length: 50 }, (_, n) => itemText(n)));
}
