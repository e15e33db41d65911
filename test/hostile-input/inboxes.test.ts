/** Rubbish in the inboxes of servers and clients, also under their own id: counted and told, and nothing breaks. */
import { createInboxId } from '@trpc-kafka/core/internal';
import type { KafkaClientEvent } from '@trpc-kafka/link';
import { describe, expect, test } from 'vitest';
import { targets } from '../support/broker-targets.ts';
import { transportErrorOf } from '../support/call-error.ts';
import { createCollector } from '../support/collector.ts';
import { createGatedRouter } from './support/gated-router.ts';
import { rubbish } from './support/rubbish.ts';
import { useArena } from './support/use-arena.ts';

describe.each(targets)('the control topic on $name', (target) => {
  const { router, begun, release } = createGatedRouter();
  const arena = useArena(target, { router });

  /** Writes to the control topic; resolves when the handler has judged it. */
  async function write(value: string | Buffer | null, headers: object): Promise<number> {
    const { stranger, service, events } = arena();
    const { topic } = service.topics.control;
    const offset = await stranger.write({ topic, value, headers: { ...headers } });
    const fence = await stranger.write({ topic, value: 'fence' });
    await events.until(
      (all) => all.some((event) => event.type === 'refused' && event.position.offset === fence),
      'the fence to be refused',
    );
    return offset;
  }

  const refusalAt = (offset: number) =>
    arena().events.items.filter((event) => event.type === 'refused' && event.position.offset === offset);

  test.skipIf(target.skip).each(rubbish)('$name is refused', async ({ headers, value, says }) => {
    const { handler, stranger, logged } = arena();
    const before = handler.counters();
    const seen = logged.items.length;
    const offset = await write(value, headers(stranger.header));
    const error = expect.objectContaining({ message: expect.stringMatching(says) });
    expect(refusalAt(offset)).toEqual([expect.objectContaining({ error })]);
    expect(handler.counters().refused - before.refused).toBe(2);
    expect(logged.items[seen]).toMatch(says);
  });

  test.skipIf(target.skip)("so it is under the server's own id, and not at all under another's", async () => {
    const { trpc, stranger, service, handler } = arena();
    await stranger.write({
      topic: service.topics.requests.topic,
      headers: { 'trpc-kafka': stranger.header },
      value: JSON.stringify({ id: 1, method: 'query', params: { path: 'echo' } }),
    });
    await stranger.replies.count(1);
    const to = stranger.server()?.inboxId;
    expect(refusalAt(await write('{', { 'trpc-kafka': stranger.header, 'trpc-kafka-to': to }))).toHaveLength(
      1,
    );
    const other = { 'trpc-kafka': stranger.header, 'trpc-kafka-to': createInboxId() };
    expect(refusalAt(await write('{', other))).toEqual([]);
    const unknown = handler.counters().unknownKinds;
    await write('{"id":1,"method":"query","params":{"path":"echo"}}', { 'trpc-kafka': stranger.header });
    expect(handler.counters().unknownKinds).toBe(unknown + 1);
    expect(await trpc.query('echo', 1)).toBe(1);
  });

  test.skipIf(target.skip)(
    "a stranger's cancels do not reach another's call, its own caller's does",
    async () => {
      const { trpc, stranger, client, handler } = arena();
      const kept = trpc.query('wait', 'kept');
      const id = client.counters().calls;
      const abort = new AbortController();
      const dropped = trpc.query('wait', 'dropped', { signal: abort.signal });
      await begun.count(2);
      const cancel = { id, kafka: { kind: 'cancel' } };
      await write(JSON.stringify(cancel), { 'trpc-kafka': stranger.header });
      await write(JSON.stringify({ ...cancel, id: String(id) }), { 'trpc-kafka': stranger.header });
      const credit = { items: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };
      await write(JSON.stringify({ id, kafka: { kind: 'credit', credit } }), {
        'trpc-kafka': stranger.header,
      });
      expect(handler.counters().cancelled).toBe(0);
      release('kept');
      expect(await kept).toBe('kept done');
      abort.abort();
      await expect(dropped).rejects.toThrow();
      expect(await trpc.query('echo', 1)).toBe(1);
    },
  );
});

describe.each(targets)('the reply topic on $name', (target) => {
  const { router, begun, release } = createGatedRouter();
  let inboxId = '';
  const arena = useArena(target, {
    router,
    handler: {
      createContext: async ({ req }) => {
        inboxId = req.from;
        return {};
      },
    },
  });

  /** Writes to the reply topic; resolves with what the client made of it. */
  async function write(value: string | Buffer | null, headers: object): Promise<readonly KafkaClientEvent[]> {
    const { stranger, service, client } = arena();
    const { topic } = service.topics.replies;
    const strays = createCollector<KafkaClientEvent & { type: 'stray-reply' }>();
    const remove = client.on((event) => event.type === 'stray-reply' && strays.add(event));
    const offset = await stranger.write({ topic, value, headers: { ...headers } });
    const fence = await stranger.write({ topic, value: 'fence' });
    await strays.until(
      (all) => all.some(({ position }) => position.offset === fence),
      'the fence to be dropped',
    );
    remove();
    return strays.items.filter(({ position }) => position.offset === offset);
  }

  const reply = (id: number | string, data: unknown = 'forged'): string =>
    JSON.stringify({ id, result: { type: 'data', data } });

  /** Learns the client's inbox id, and with it the right to write to it. */
  async function learnInboxId(): Promise<string> {
    expect(await arena().trpc.query('echo', 1)).toBe(1);
    return inboxId;
  }

  test.skipIf(target.skip).each(rubbish)('$name is dropped', async ({ headers, value, says }) => {
    const { client, stranger, trpc } = arena();
    const to = await learnInboxId();
    const before = client.counters().unreadableReplies;
    const strays = await write(value, { 'trpc-kafka-to': to, ...headers(stranger.header) });
    expect(strays).toEqual([
      expect.objectContaining({ reason: 'unreadable', detail: expect.stringMatching(says) }),
    ]);
    // Under no id, it is for nobody.
    expect(await write(value, headers(stranger.header))).toHaveLength(1);
    expect(client.counters().unreadableReplies - before).toBe(4);
    expect(await trpc.query('echo', 1)).toBe(1);
  });

  test.skipIf(target.skip)("what comes under the client's own id and is no reply is dropped", async () => {
    const { stranger } = arena();
    const mine = { 'trpc-kafka': stranger.header, 'trpc-kafka-to': await learnInboxId() };
    const reasonsOf = async (value: string | Buffer | null): Promise<readonly string[]> =>
      (await write(value, mine)).map((event) => (event as { reason: string }).reason);
    expect(await reasonsOf(null)).toEqual(['unreadable']);
    expect(await reasonsOf('{')).toEqual(['unreadable']);
    expect(await reasonsOf(reply('nobody'))).toEqual(['late']);
    expect(await reasonsOf(reply(999_999))).toEqual(['late']);
    expect(await reasonsOf(`[${reply(-1)},${reply('constructor')},[],7]`)).toEqual([
      'unreadable',
      'late',
      'unreadable',
      'unreadable',
    ]);
    expect(await reasonsOf('{"id":1,"kafka":{"kind":"cancel"}}')).toEqual(['unexpected']);
    expect(await reasonsOf('{"id":1,"method":"query","params":{"path":"echo"}}')).toEqual(['unexpected']);
    expect(await reasonsOf('{"id":1,"kafka":{"kind":"later"}}')).toEqual(['unreadable']);
  });

  test.skipIf(target.skip)(
    'a call in flight is answered by nothing that does not name its inbox',
    async () => {
      const { trpc, client, stranger } = arena();
      await learnInboxId();
      const call = trpc.query('wait', 'unmoved');
      const id = client.counters().calls;
      await begun.until((all) => all.includes('unmoved'), 'the call to begin');
      expect(await write(reply(id), { 'trpc-kafka': stranger.header })).toHaveLength(1);
      expect(await write('{', { 'trpc-kafka': `${stranger.header};id=${id}` })).toHaveLength(1);
      const others = { 'trpc-kafka': stranger.header, 'trpc-kafka-to': createInboxId() };
      expect(await write(reply(id), others)).toEqual([]);
      release('unmoved');
      expect(await call).toBe('unmoved done');
    },
  );

  test.skipIf(target.skip)('a reply that cannot be read fails the call it names, and no other', async () => {
    const { trpc, client, stranger } = arena();
    const mine = { 'trpc-kafka': stranger.header, 'trpc-kafka-to': await learnInboxId() };
    const kept = trpc.query('wait', 'beside');
    const failed = ['sideways', 'torn'].map((name) => {
      const call = trpc.query('wait', name);
      return { id: client.counters().calls, error: transportErrorOf(call) };
    });
    await begun.until((all) => all.includes('torn') && all.includes('beside'), 'the calls to begin');
    await write(JSON.stringify({ id: failed[0]?.id, result: { type: 'sideways' } }), mine);
    await write('{', { ...mine, 'trpc-kafka': `${stranger.header};id=${failed[1]?.id}` });
    // A start is for streams: a query goes on.
    await write(JSON.stringify({ id: client.counters().calls - 2, result: { type: 'started' } }), mine);
    for (const { error } of failed) {
      expect(await error).toMatchObject({
        code: 'PARSE_ERROR',
        message: expect.stringMatching(/cannot be read/),
      });
    }
    release('beside');
    expect(await kept).toBe('beside done');
  });

  test.skipIf(target.skip)(
    'chunks that nobody asked for fail the call they name, and fill no memory',
    async () => {
      const { trpc, client, stranger } = arena();
      const mine = { 'trpc-kafka': stranger.header, 'trpc-kafka-to': await learnInboxId() };
      const kept = trpc.query('wait', 'not flooded');
      const flooded = transportErrorOf(trpc.query('wait', 'flooded'));
      const id = client.counters().calls;
      await begun.until((all) => all.includes('flooded'), 'the calls to begin');
      const flood = Array.from({ length: 100 }, (_, n) => ({
        id,
        kafka: { kind: 'chunk', seq: n + 1, lines: ['{"data":[[0],[null,1,0]]}'] },
      }));
      await write(JSON.stringify([{ id, result: { type: 'started' }, kafka: { seq: 0 } }, ...flood]), mine);
      expect(await flooded).toMatchObject({
        message: expect.stringMatching(/more of the result .* than this client/),
      });
      release('not flooded');
      expect(await kept).toBe('not flooded done');
    },
  );
});
