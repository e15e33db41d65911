/** One-way records that cannot be carried out: nobody waits for them, so they are kept for people, and the partition goes on. */
import { initTRPC } from '@trpc/server';
import type { KafkaHandlerEvent } from '@trpc-kafka/adapter';
import type { IncomingRecord } from '@trpc-kafka/core';
import { createKafkaEmitter } from '@trpc-kafka/link';
import { CompressionTypes } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { targets } from '../support/broker-targets.ts';
import { createCollector } from '../support/collector.ts';
import { type TopicTail, tailTopic } from '../support/topic-tail.ts';
import { type Rubbish, rubbish } from './support/rubbish.ts';
import type { RawRecord } from './support/stranger.ts';
import type { TargetRouter } from './support/target-router.ts';
import { useArena } from './support/use-arena.ts';

const t = initTRPC.create();

function call(fields: object = {}): string {
  return JSON.stringify({
    id: 1,
    method: 'mutation',
    params: { path: 'store', input: 'forged' },
    kafka: { kind: 'one-way' },
    ...fields,
  });
}

const right: Rubbish['headers'] = (header) => ({ 'trpc-kafka': header });
const negative = { kind: 'one-way', timeoutMs: -1 };
const thousandYears = { kind: 'one-way', timeoutMs: 31_556_952_000_000 };

const oneWayRubbish: readonly Rubbish[] = [
  ...rubbish,
  {
    name: 'a call that wants an answer',
    headers: right,
    value: call({ kafka: {} }),
    says: /only one-way calls/,
  },
  { name: 'a time before now', headers: right, value: call({ kafka: negative }), says: /`kafka.timeoutMs`/ },
  {
    name: 'a thousand years',
    headers: right,
    value: call({ kafka: thousandYears }),
    says: /`kafka.timeoutMs`/,
  },
  {
    name: 'a good call beside a bad one',
    headers: right,
    value: `[${call()},[]]`,
    says: /bundles do not nest/,
  },
  {
    name: 'an id unlike the header',
    headers: (header) => ({ 'trpc-kafka': `${header};id=2` }),
    value: call(),
    says: /names the call 2, its envelope 1/,
  },
];

describe.each(targets)('on $name', (target) => {
  const stored = createCollector<unknown>();
  const router = t.router({
    echo: t.procedure.input((input) => input).query(({ input }) => input),
    store: t.procedure.input((input) => input).mutation(({ input }) => stored.add(input)),
  });
  // One record that is not done with is all that may stand before others: one that never is would stop them.
  const arena = useArena(target, { router, handler: { oneWay: { maxUncommitted: 1 } } });
  let tail: TopicTail;

  beforeAll(async () => {
    if (!target.skip) tail = await tailTopic(arena().brokers, arena().service.topics.deadLetter.topic);
  });

  afterAll(async () => {
    if (!target.skip) await tail.close();
  });

  /** Writes to the one-way topic and makes a good call after it; resolves when that was carried out. */
  async function write(record: Omit<RawRecord, 'topic'>): Promise<number> {
    const { stranger, service, client } = arena();
    const offset = await stranger.write({ topic: service.topics.oneWay.topic, ...record });
    const before = stored.items.length;
    await createKafkaEmitter<TargetRouter>({ client }).store(`after ${offset}`);
    expect((await stored.count(before + 1)).slice(before)).toEqual([`after ${offset}`]);
    return offset;
  }

  /** The dead letter of a record. */
  async function letterOf(offset: number): Promise<IncomingRecord> {
    const { topic } = arena().service.topics.oneWay;
    const from = `;topic=${topic};partition=0;offset=${offset};`;
    const isIt = ({ headers }: IncomingRecord): boolean =>
      String(headers['trpc-kafka-dead-letter']).includes(from);
    const isTold = (event: KafkaHandlerEvent): boolean =>
      event.type === 'dead-lettered' && event.position.offset === offset;
    await arena().events.until((all) => all.some(isTold), 'the dead letter to be told');
    const letters = await tail.records.until((all) => all.some(isIt), `the dead letter of ${offset}`);
    return letters.find(isIt)!;
  }

  test.skipIf(target.skip).each(oneWayRubbish)(
    '$name becomes a dead letter',
    async ({ headers, value, says, code = 'PARSE_ERROR' }) => {
      const { handler, stranger, events, reported, service } = arena();
      const before = handler.counters();
      const seen = [events.items.length, reported.items.length] as const;
      const offset = await write({
        key: 'its key',
        value,
        headers: { ...headers(stranger.header), trace: 'abc', via: ['a', 'b'] },
      });
      const letter = await letterOf(offset);
      expect(letter.value).toEqual(value === null ? null : Buffer.from(value));
      expect(String(letter.key)).toBe('its key');
      expect(String(letter.headers['trace'])).toBe('abc');
      expect([letter.headers['via']].flat().map(String)).toEqual(['a', 'b']);
      expect(String(letter.headers['trpc-kafka-dead-letter'])).toMatch(
        new RegExp(`^code=${code};.*;attempts=0;at=\\d+$`),
      );
      expect(String(letter.headers['trpc-kafka-dead-letter-message'])).toMatch(says);
      expect(handler.counters()).toMatchObject({
        refused: before.refused + 1,
        deadLetters: before.deadLetters + 1,
        oneWayCalls: before.oneWayCalls + 1,
      });
      const position = { topic: service.topics.oneWay.topic, partition: 0, offset };
      const error = expect.objectContaining({ message: expect.stringMatching(says) });
      expect(events.items.slice(seen[0]).filter(({ type }) => type !== 'driver')).toEqual([
        { type: 'refused', error, position },
        { type: 'dead-lettered', error, position },
      ]);
      expect(reported.items.slice(seen[1])).toEqual([expect.stringMatching(says)]);
    },
  );

  test.skipIf(target.skip)('a path to nowhere does as well, tried once', async () => {
    const { stranger } = arena();
    const value = call({ params: { path: 'toString' } });
    const letter = await letterOf(await write({ value, headers: right(stranger.header) }));
    expect(String(letter.value)).toBe(value);
    expect(String(letter.headers['trpc-kafka-dead-letter'])).toMatch(/^code=NOT_FOUND;.*;attempts=1;/);
  });

  test.skipIf(target.skip)('a record as large as its topic takes does as well', async () => {
    const { stranger } = arena();
    // With what Kafka adds to it: 1,048,588 bytes are the limit.
    const value = Buffer.alloc(1_048_588 - 300, 'x');
    const letter = await letterOf(await write({ value, headers: right(stranger.header) }));
    expect(letter.value?.equals(value)).toBe(true);
  });

  test.skipIf(target.skip)(
    'a record that unpacks to more than any topic takes leaves its value behind',
    async () => {
      const { stranger } = arena();
      const value = Buffer.alloc(20_000_000, 'x');
      const compression = CompressionTypes.GZIP;
      const letter = await letterOf(await write({ value, headers: right(stranger.header), compression }));
      expect(letter.value).toBeNull();
      expect(String(letter.headers['trpc-kafka-dead-letter-message'])).toMatch(
        /its 20000000 bytes .* were left out/,
      );
    },
  );

  test.skipIf(target.skip)('a gzip bomb is skipped, which the driver tells', async () => {
    const { stranger, events, handler } = arena();
    const before = handler.counters();
    const offset = await write({
      value: Buffer.alloc(100_000_000),
      headers: right(stranger.header),
      compression: CompressionTypes.GZIP,
    });
    const told = events.items.flatMap((item) => (item.type === 'driver' ? [item.event] : []));
    expect(told.filter((event) => event.type === 'records-skipped')).toEqual([
      expect.objectContaining({ firstOffset: offset, lastOffset: offset }),
    ]);
    expect(handler.counters()).toEqual({ ...before, oneWayCalls: before.oneWayCalls + 1 });
  });
});
