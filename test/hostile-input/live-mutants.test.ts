/**
 * Records that chance has changed and that keep the id of a call that is under way: whoever can write those has read the
 * topics, and may spoil that call. No other: calls and streams beside it go on, and so do both sides. The same again: FUZZ_SEED.
 */
import { once } from 'node:events';
import { initTRPC, tracked } from '@trpc/server';
import { senderOf } from '@trpc-kafka/core/internal';
import { describe, expect, test } from 'vitest';
import { targets } from '../support/broker-targets.ts';
import { createCollector } from '../support/collector.ts';
import { msgpack } from '../support/msgpack.ts';
import { between, createRandom } from '../support/random.ts';
import { tailTopic } from '../support/topic-tail.ts';
import { mutantsOf } from './support/fuzz-records.ts';
import { createGatedRouter } from './support/gated-router.ts';
import { useArena } from './support/use-arena.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const victims = 20;
const bystanders = Array.from({ length: 20 }, (_, n) => `bystander ${n}`);
const t = initTRPC.create();

describe.each(targets)(`on $name, seed ${seed}`, (target) => {
  const gated = createGatedRouter();
  const go = createCollector<number>();
  const anything = (input: unknown): unknown => input;
  const router = t.mergeRouters(
    gated.router,
    t.router({
      store: t.procedure.input(anything).mutation(({ input }) => input),
      /** Ten items at once, ten more when the test says so. */
      ticks: t.procedure.input(anything).subscription(async function* ({ signal }) {
        for (let n = 1; n <= 20; n++) {
          if (n === 11) await Promise.race([go.count(1), once(signal!, 'abort')]);
          yield tracked(String(n), n);
        }
        await once(signal!, 'abort');
      }),
    }),
  );
  const arena = useArena(target, { router, handler: { codecs: [msgpack] }, client: { timeoutMs: 60_000 } });

  test.skipIf(target.skip)(
    'a changed record that keeps the id of a live call spoils that call alone',
    { timeout: 120_000 },
    async () => {
      const { trpc, brokers, service, stranger, client } = arena();
      const { requests, control, oneWay, replies } = service.topics;
      const tails = await Promise.all([requests, replies].map(({ topic }) => tailTopic(brokers, topic)));
      const read = createCollector<unknown>();
      const subscription = trpc.subscription('ticks', undefined, {
        onData: (item) => read.add((item as { data: number }).data),
        onError: (error) => read.add(error),
      });
      await read.count(10);
      const answers = Promise.allSettled(bystanders.map((name) => trpc.query('wait', name)));
      const context = { kafka: { timeoutMs: 10_000, idleTimeoutMs: 10_000 } };
      const settled = createCollector<unknown>();
      const ends: (() => void)[] = [];
      for (let n = 0; n < victims; n++) {
        const settle = (outcome: unknown): void => settled.add(outcome);
        if (n % 2 === 0) trpc.query('wait', `victim ${n}`, { context }).then(settle, settle);
        else {
          // Some end early, some never: a stream has no deadline once it has started.
          const stream = trpc.subscription('ticks', `victim ${n}`, { context, onError() {} });
          ends.push(() => stream.unsubscribe());
        }
      }
      const [written, answered] = tails;
      const isVictim = (value: Buffer | null): boolean => value?.includes('victim') === true;
      const calls = await written!.records.until(
        (all) => all.filter(({ value }) => isVictim(value)).length === victims,
        'the calls',
      );
      const pair = {
        client: senderOf(calls[0]!.headers)!.replyTo!,
        server: senderOf(answered!.records.items[0]!.headers)!.replyTo!,
      };
      await Promise.all(tails.map((tail) => tail.close()));
      await gated.begun.until((all) => bystanders.every((name) => all.includes(name)), 'the bystanders');
      const random = createRandom(seed);
      for (const { value, headers } of calls) {
        if (!isVictim(value)) continue;
        const id = Number(senderOf(headers)!.id);
        const writing = mutantsOf(id, pair, random).map(({ key, value: bytes, headers: named }) => {
          const { topic } = [requests, control, oneWay, replies][between(random, 0, 3)]!;
          const record = { topic, value: bytes, headers: { ...named } };
          return stranger.write(key === null ? record : { ...record, key });
        });
        await Promise.all(writing);
      }
      for (const name of bystanders) gated.release(name);
      expect(await answers).toEqual(
        bystanders.map((name) => ({ status: 'fulfilled', value: `${name} done` })),
      );
      go.add(1);
      expect(await read.count(20)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
      // Each has some end, in its time: no mutant keeps a caller.
      await settled.count(victims / 2);
      for (const end of ends) end();
      subscription.unsubscribe();
      expect(await trpc.query('echo', 'as ever')).toBe('as ever');
      expect(client.counters().unreadableReplies).toBeGreaterThan(0);
    },
  );
});
