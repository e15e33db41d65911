/** What one stream may be too much of: too many, and an item too large. It ends alone, and its subscriber is told why. */
import type { TRPCClient } from '@trpc/client';
import { defineKafkaService } from '@trpc-kafka/core';
import { expect } from 'vitest';
import { createEventLog, type EventLog } from '../../support/event-log.ts';
import type { CaseContext } from '../case-context.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { type FeedRouter, feedRouter } from '../feed-router.ts';
import { connectRouter, type RouterServeOptions, serveRouter } from '../own-router.ts';

/** One feed, as its subscriber sees it. */
interface Feed {
  /** Notes `started`, `event 1`, `connecting`, the code of an error. */
  readonly told: EventLog;
  readonly error: Promise<Error>;
  readonly end: () => void;
}

type Serve = Partial<RouterServeOptions<FeedRouter>>;

const serve = (context: CaseContext, options: Serve = {}) =>
  serveRouter<FeedRouter>(context, {
    ...options,
    router: feedRouter,
    createContext: () => ({ log: context.log }),
  });

function subscribe(client: TRPCClient<FeedRouter>, name: string, size = 1): Feed {
  const told = createEventLog();
  let fail: (error: Error) => void;
  const error = new Promise<Error>((resolve) => {
    fail = resolve;
  });
  const subscription = client.feed.subscribe(
    { name, size },
    {
      onStarted: () => told.note('started'),
      onData: ({ id, data }) => told.note(data.startsWith('event') ? data : `event ${id}, large`),
      onConnectionStateChange: ({ state }) => told.note(state),
      onError(failure) {
        told.note(failure.data?.code ?? failure.message);
        fail(failure);
      },
    },
  );
  return { told, error, end: () => subscription.unsubscribe() };
}

/** Of several streams of a client that go on in one turn, one has an item that is too large for whoever refuses it. */
async function endsAlone(context: CaseContext, serving: Serve): Promise<void> {
  const { log } = context;
  const service = defineKafkaService({
    name: context.service.name,
    topics: { replies: { partitions: 1, config: { 'max.message.bytes': '20000' } } },
  });
  await serve(context, { ...serving, service });
  const { client } = connectRouter<FeedRouter>(context, { service });
  const sizes = { a: 100, b: 5000, c: 40_000, d: 100, e: 15_000 };
  const feeds = Object.entries(sizes).map(([name, size]) => subscribe(client, name, size));
  for (const { told } of feeds) await told.until('event 1');
  log.note('go');
  const [, , large] = feeds;
  expect(await large!.error).toMatchObject({ data: { code: 'PAYLOAD_TOO_LARGE' } });
  await log.until('ended c');
  log.note('go');
  for (const { told } of feeds.filter((feed) => feed !== large)) {
    await told.until('event 3');
    expect(told.all().filter((each) => each !== 'pending' && each !== 'connecting')).toEqual([
      'started',
      'event 1',
      'event 2, large',
      'event 3',
    ]);
  }
  // What is too large now will be too large again: nobody asks for it anew.
  expect([log.count('begun c'), log.all().filter((each) => each.startsWith('ended'))]).toEqual([
    1,
    ['ended c'],
  ]);
  for (const { end } of feeds) end();
  for (const name of Object.keys(sizes)) await log.until(`ended ${name}`);
}

export const streamLimitCases: readonly ConformanceCase[] = [
  {
    name: 'an item over the limit of the handler, among those of other streams, ends its stream alone and for good',
    run: (context) => endsAlone(context, { maxMessageBytes: 18_000 }),
  },
  {
    name: 'an item over the limit of the brokers, in one record with those of other streams, ends its stream alone and for good',
    run: (context) => endsAlone(context, {}),
  },
  {
    name: 'a server that runs as many streams as it may refuses another before it has begun, and does all else',
    async run(context) {
      const { log } = context;
      const handler = await serve(context, { maxStreams: 2 });
      const refused: string[] = [];
      handler.on((event) => event.type === 'stream-refused' && refused.push(event.path));
      const { client } = connectRouter<FeedRouter>(context);
      const first = subscribe(client, 'first');
      await first.told.until('event 1');
      const parts = (await client.parts.query('parts'))[Symbol.asyncIterator]();
      expect(await parts.next()).toEqual({ done: false, value: 'first' });
      const second = subscribe(client, 'second');
      expect(await second.error).toMatchObject({
        message: expect.stringMatching(/^The subscription feed was refused: 2 streams are open/),
        data: { code: 'TOO_MANY_REQUESTS' },
      });
      await expect(client.parts.query('more')).rejects.toMatchObject({
        message: expect.stringMatching(/^The query parts was refused: 2 streams are open/),
        data: { code: 'TOO_MANY_REQUESTS' },
      });
      expect([second.told.count('started'), log.count('begun second'), log.count('begun more')]).toEqual([
        0, 0, 0,
      ]);
      expect([refused, handler.counters().streamsRefused]).toEqual([['feed', 'parts'], 2]);
      expect(await client.echo.query('still here')).toBe('still here');
      await parts.return!();
      await log.until('ended parts');
      await subscribe(client, 'third').told.until('event 1');
      first.end();
      await log.until('ended first');
      await subscribe(client, 'fourth').told.until('event 1');
    },
  },
  {
    name: 'a subscription that moves to a server without room is tried again until there is some, and loses nothing',
    async run(context) {
      const { log } = context;
      const leaving = await serve(context);
      const { client } = connectRouter<FeedRouter>(context, { retryDelayMs: () => 20 });
      const feeds = [subscribe(client, 'a'), subscribe(client, 'b')];
      for (const { told } of feeds) await told.until('event 1');
      const small = await serve(context, { maxStreams: 1 });
      small.on((event) => event.type === 'stream-refused' && log.note('refused'));
      await leaving.close({ graceMs: 0 });
      await log.until('refused', 2);
      log.note('go');
      const [moved, waiting] = await Promise.race(
        feeds.map(({ told }, i) => told.until('event 2, large').then(() => [feeds[i]!, feeds[1 - i]!])),
      );
      expect(waiting!.told.count('event 2, large')).toBe(0);
      moved!.end();
      await waiting!.told.until('event 2, large');
      log.note('go');
      await waiting!.told.until('event 3');
      expect(waiting!.told.all().filter((each) => each.startsWith('event'))).toEqual([
        'event 1',
        'event 2, large',
        'event 3',
      ]);
      expect(waiting!.told.count('TOO_MANY_REQUESTS')).toBe(0);
    },
  },
  {
    name: 'a client has as many streams as it may, and its calls beside them',
    async run(context) {
      const { log } = context;
      await serve(context);
      const { client } = connectRouter<FeedRouter>(context, { maxStreams: 2, maxPendingCalls: 1 });
      const first = subscribe(client, 'first');
      await first.told.until('event 1');
      const parts = (await client.parts.query('parts'))[Symbol.asyncIterator]();
      await parts.next();
      expect(await subscribe(client, 'second').error).toMatchObject({
        cause: { code: 'TOO_MANY_REQUESTS', retryable: true },
        message: expect.stringContaining('2 streams open'),
      });
      await expect(client.parts.query('more')).rejects.toMatchObject({
        cause: { code: 'TOO_MANY_REQUESTS' },
      });
      await log.until('ended more');
      // Streams that run do not count among the calls that wait.
      expect(await client.echo.query('a call')).toBe('a call');
      const [one, other] = await Promise.allSettled([client.echo.query('one'), client.echo.query('other')]);
      expect(one).toMatchObject({ value: 'one' });
      expect(other).toMatchObject({ reason: { cause: { code: 'TOO_MANY_REQUESTS' } } });
      first.end();
      await subscribe(client, 'third').told.until('event 1');
    },
  },
];
