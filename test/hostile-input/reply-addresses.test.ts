/** Calls whose answer is wanted where it may not go: Kafka does not say who wrote a request, so its address proves nothing. */
import { describe, expect, test } from 'vitest';
import { targets } from '../support/broker-targets.ts';
import { type Arena, watch } from './support/arena.ts';
import { useArena } from './support/use-arena.ts';

interface BadAddress {
  readonly name: string;
  readonly at: (topics: Arena['service']['topics']) => string;
  readonly says: RegExp;
}

const notAllowed = /wants its reply in topic .*, which is not allowed/;

const badAddresses: readonly BadAddress[] = [
  { name: 'a topic that is not for replies', at: () => 'payments/0', says: notAllowed },
  { name: 'a topic of Kafka itself', at: () => '__consumer_offsets/0', says: notAllowed },
  { name: "the service's own requests", at: ({ requests }) => `${requests.topic}/0`, says: notAllowed },
  { name: "the service's own one-way calls", at: ({ oneWay }) => `${oneWay.topic}/0`, says: notAllowed },
  { name: "the service's own control topic", at: ({ control }) => `${control.topic}/0`, says: notAllowed },
  {
    name: "the service's own dead letters",
    at: ({ deadLetter }) => `${deadLetter.topic}/0`,
    says: notAllowed,
  },
  {
    name: 'a partition too many',
    at: ({ replies }) => `${replies.topic}/1`,
    says: /but the topic has 1 partitions/,
  },
  {
    name: 'the last partition of all',
    at: ({ replies }) => `${replies.topic}/999999999`,
    says: /has 1 partitions/,
  },
  {
    name: 'a topic that nobody made',
    at: ({ replies }) => `no-${replies.topic}/0`,
    says: /but the topic does not exist/,
  },
];

describe.each(targets)('on $name', (target) => {
  const arena = useArena(target);

  test.skipIf(target.skip).each(badAddresses)('an answer to $name is not written', async ({ at, says }) => {
    const { stranger, service, events, reported, logged } = arena();
    const from = stranger.address.inboxId;
    const place = at(service.topics);
    const failed = () => events.items.filter(({ type }) => type === 'reply-failed');
    const before = [failed().length, reported.items.length, logged.items.length] as const;
    const seen = await watch(arena(), () =>
      stranger.write({
        topic: service.topics.requests.topic,
        headers: { 'trpc-kafka': `1;json;from=${from};at=${place}` },
        value: JSON.stringify({ id: 'x', method: 'query', params: { path: 'echo' } }),
      }),
    );
    // Brokers are asked about a topic that is not known: the good call may be answered before.
    await events.until(() => failed().length > before[0], 'the reply to be refused');
    expect(failed().slice(before[0])).toEqual([
      { type: 'reply-failed', path: 'echo', error: expect.objectContaining({ code: 'ADDRESS_REFUSED' }) },
    ]);
    expect(reported.items.slice(before[1])).toEqual([expect.stringMatching(says)]);
    expect(logged.items.slice(before[2])).toEqual([expect.stringMatching(says)]);
    expect(seen.counted).toMatchObject({ calls: 2 });
  });

  test.skipIf(target.skip)('each was counted, and none was written anywhere', async () => {
    const { handler, events, stranger } = arena();
    expect(handler.counters()).toMatchObject({
      repliesRefused: badAddresses.length,
      repliesFailed: 0,
      refused: 0,
    });
    expect(events.items.filter(({ type }) => type === 'refused')).toEqual([]);
    expect(stranger.replies.items).toEqual([]);
  });

  test.skipIf(target.skip)(
    'a refused call that names such an address is told to the server only',
    async () => {
      const { stranger, service, handler } = arena();
      const before = handler.counters().repliesRefused;
      const seen = await watch(arena(), () =>
        stranger.write({
          topic: service.topics.requests.topic,
          headers: { 'trpc-kafka': `1;json;from=${stranger.address.inboxId};at=payments/0;id=x` },
          value: '{',
        }),
      );
      expect(seen.counted).toEqual({ calls: 1, refused: 1, repliesRefused: 1 });
      expect(handler.counters().repliesRefused).toBe(before + 1);
      expect(seen.reported).toEqual([
        expect.stringMatching(/no UTF-8 JSON/),
        expect.stringMatching(notAllowed),
      ]);
    },
  );
});
