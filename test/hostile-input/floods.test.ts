/** Too much of what is allowed, and what was said before said again: it is bounded, and changes nothing for anybody else. */
import { once } from 'node:events';
import { initTRPC, tracked } from '@trpc/server';
import type { Message } from '@trpc-kafka/core/internal';
import { describe, expect, test } from 'vitest';
import { targets } from '../support/broker-targets.ts';
import { createCollector } from '../support/collector.ts';
import { tailTopic } from '../support/topic-tail.ts';
import { createGatedRouter } from './support/gated-router.ts';
import { useArena } from './support/use-arena.ts';

const t = initTRPC.create();
const maxStreams = 20;

/** What a test waits with, and what the server is seen to do. */
function createRouter() {
  const gated = createGatedRouter();
  const ended = createCollector<string>();
  const router = t.mergeRouters(
    gated.router,
    t.router({
      count: t.procedure.subscription(async function* ({ signal }) {
        try {
          for (let n = 1; n <= 5; n++) yield tracked(String(n), n);
          await once(signal!, 'abort');
        } finally {
          ended.add('count');
        }
      }),
    }),
  );
  return { ...gated, router, ended };
}

describe.each(targets)('on $name', (target) => {
  const { router, begun, release, ended } = createRouter();
  const arena = useArena(target, { router, handler: { maxStreams } });

  const call = (id: number | string, kafka: object = {}): object => ({
    id,
    method: 'subscription',
    params: { path: 'count' },
    kafka,
  });

  async function request(envelopes: readonly object[]): Promise<void> {
    const { stranger, service } = arena();
    const { topic } = service.topics.requests;
    await stranger.write({
      topic,
      headers: { 'trpc-kafka': stranger.header },
      value: JSON.stringify(envelopes),
    });
  }

  /** Writes to the control topic; resolves when the server has judged it. */
  async function control(envelopes: readonly object[]): Promise<void> {
    const { stranger, service, events } = arena();
    const { topic } = service.topics.control;
    await stranger.write({
      topic,
      headers: { 'trpc-kafka': stranger.header },
      value: JSON.stringify(envelopes),
    });
    const fence = await stranger.write({ topic, value: 'fence' });
    await events.until(
      (all) => all.some((event) => event.type === 'refused' && event.position.offset === fence),
      'the fence to be refused',
    );
  }

  const repliesTo = (id: string): readonly Message[] =>
    arena().stranger.replies.items.filter((message) => 'id' in message && message.id === id);

  const untilReplies = (id: string, wanted: number): Promise<unknown> =>
    arena().stranger.replies.until(() => repliesTo(id).length >= wanted, `${wanted} replies to ${id}`);

  test.skipIf(target.skip)('a flood of cancels for calls that nobody knows is one of no calls', async () => {
    const { trpc, handler } = arena();
    const kept = trpc.query('wait', 'kept');
    await begun.until((all) => all.includes('kept'), 'the call to begin');
    for (let round = 0; round < 30; round++) {
      await control(
        Array.from({ length: 1000 }, (_, n) => ({ id: `${round}-${n}`, kafka: { kind: 'cancel' } })),
      );
    }
    expect(handler.counters().cancelled).toBe(0);
    release('kept');
    expect(await kept).toBe('kept done');
    // One of the latest is still remembered, and meets its call; one of the first is long forgotten, and does not.
    await request([call('29-999', { credit: { items: 1, bytes: 1 }, leaseMs: 600 })]);
    await request([call('0-0', { credit: { items: 1, bytes: 1 }, leaseMs: 600 })]);
    await untilReplies('0-0', 1);
    expect([handler.counters().cancelled, repliesTo('29-999')]).toEqual([1, []]);
    await ended.count(1);
  });

  test.skipIf(target.skip)(
    'credit that goes backwards, or is said again, takes nothing back and adds nothing',
    async () => {
      const grant = (items: number, bytes = 1_000_000): object => ({
        id: 'credited',
        kafka: { kind: 'credit', credit: { items, bytes } },
      });
      const seen = () =>
        repliesTo('credited').flatMap((message) => (message.kind === 'data' ? [message.data] : []));
      await request([call('credited', { credit: { items: 2, bytes: 1_000_000 } })]);
      await untilReplies('credited', 3);
      await control([grant(4), grant(0), grant(4), grant(1, 0), grant(3)]);
      await untilReplies('credited', 5);
      await control([grant(2), grant(0, 0), grant(5)]);
      await untilReplies('credited', 6);
      // A good call after it, so that whatever was sent beyond the credit would be here.
      expect(await arena().trpc.query('echo', 1)).toBe(1);
      expect(seen().map((data) => (data as { data: number }).data)).toEqual([1, 2, 3, 4, 5]);
      await control([{ id: 'credited', kafka: { kind: 'cancel' } }]);
    },
  );

  test.skipIf(target.skip)(
    'a flood of subscriptions is refused beyond maxStreams, and gone with its lease',
    async () => {
      const { trpc, handler, stranger, events } = arena();
      const before = handler.counters();
      const ids = Array.from({ length: 100 }, (_, n) => `flood-${n}`);
      await request(ids.map((id) => call(id, { credit: { items: 0, bytes: 0 }, leaseMs: 3000 })));
      await stranger.replies.until(() => ids.every((id) => repliesTo(id).length > 0), 'an answer for each');
      const refused = ids.flatMap((id) => repliesTo(id)).filter(({ kind }) => kind === 'error');
      expect(refused).toHaveLength(100 - maxStreams);
      expect(refused[0]).toMatchObject({ error: { data: { code: 'TOO_MANY_REQUESTS' } } });
      expect(refused[0]).not.toHaveProperty('seq');
      expect(handler.counters().streamsRefused - before.streamsRefused).toBe(100 - maxStreams);
      expect(await trpc.query('echo', 'calls are no streams')).toBe('calls are no streams');
      const lost = () =>
        events.items.some((event) => event.type === 'client-lost' && event.streams === maxStreams);
      await events.until(lost, 'the lease to end');
      const item = await new Promise((resolve, reject) => {
        const subscription = trpc.subscription('count', undefined, {
          onData(data) {
            subscription.unsubscribe();
            resolve(data);
          },
          onError: reject,
        });
      });
      expect(item).toEqual({ id: '1', data: 1 });
    },
  );

  test.skipIf(target.skip)('replies that are said again change nothing', async () => {
    const { trpc, brokers, service, stranger, client } = arena();
    const { topic } = service.topics.replies;
    const tail = await tailTopic(brokers, topic);
    const told = createCollector<unknown>();
    const subscription = trpc.subscription('count', undefined, {
      onData: (item) => told.add(item),
      onError: (error) => told.add(error),
    });
    await told.count(5);
    const first = trpc.query('wait', 'first');
    const second = trpc.query('wait', 'second');
    await begun.until((all) => all.includes('second') && all.includes('first'), 'the calls to begin');
    release('first');
    expect(await first).toBe('first done');
    const strays = createCollector<string>();
    const remove = client.on((event) => event.type === 'stray-reply' && strays.add(event.reason));
    // All that was written to that client so far, among it the outcome of a call that is done, and items that are delivered.
    await tail.records.until(
      (all) => all.some(({ value }) => value?.includes('first done')),
      'the outcome to be seen',
    );
    // Not what is written from here on, which is seen as well.
    const again = tail.records.items.slice();
    for (const { value, headers } of again) await stranger.write({ topic, value, headers: headers as never });
    await strays.until((all) => all.includes('late'), 'the outcome to be dropped');
    release('second');
    expect(await second).toBe('second done');
    expect(await trpc.query('echo', 1)).toBe(1);
    subscription.unsubscribe();
    remove();
    await tail.close();
    expect(told.items).toEqual([1, 2, 3, 4, 5].map((n) => ({ id: String(n), data: n })));
    expect(again.length).toBeGreaterThan(1);
  });
});
