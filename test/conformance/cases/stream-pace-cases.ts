/** Readers that take their time: the generator waits for them, and nothing piles up on either side. */
import { initTRPC } from '@trpc/server';
import { createStreamPace, kafkaContext } from '@trpc-kafka/link';
import { expect } from 'vitest';
import type { ConformanceCase } from '../conformance-case.ts';
import { connectRouter, serveRouter } from '../own-router.ts';

const t = initTRPC.create();
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A router whose generator is as fast as it may be, and counts what was pulled from it. */
function createFastRouter() {
  const pulled = { count: 0 };
  const router = t.router({
    ping: t.procedure.query(() => 'pong'),
    numbers: t.procedure.subscription(async function* () {
      for (let n = 1; ; n++) {
        pulled.count = n;
        yield n;
      }
    }),
  });
  return { pulled, router };
}

/** One window, and the item that the generator has made but not sent. */
const most = 64 + 1;

export const streamPaceCases: readonly ConformanceCase[] = [
  {
    name: 'a slow iteration with a pace holds the generator back: it is never more than a window ahead',
    async run(context) {
      const { pulled, router } = createFastRouter();
      await serveRouter(context, { router });
      const { client } = connectRouter<typeof router>(context);
      const pace = createStreamPace();
      const numbers = client.numbers.subscribe(undefined, { context: kafkaContext({ pace }) });
      const ahead: number[] = [];
      let last = 0;
      for await (const n of pace.read(numbers)) {
        expect(n).toBe(last + 1);
        last = n;
        // Whatever may still come for what was granted has the time to.
        for (let turns = 0; turns < 5; turns++) await turn();
        ahead.push(pulled.count - n);
        if (n === 400) break;
      }
      expect(Math.max(...ahead)).toBeLessThanOrEqual(most);
    },
  },
  {
    name: 'so does one with callbacks that says what it has taken; one that says nothing gets one window',
    async run(context) {
      const { pulled, router } = createFastRouter();
      await serveRouter(context, { router });
      const { client } = connectRouter<typeof router>(context);
      const pace = createStreamPace();
      client.numbers.subscribe(undefined, {
        context: kafkaContext({ pace }),
        onData: (n) => context.log.note(String(n)),
      });
      await context.log.until('64');
      // A call made now is answered after whatever the stream could still send.
      expect(await client.ping.query()).toBe('pong');
      expect([context.log.all().length, pulled.count]).toEqual([64, 64]);
      for (let n = 0; n < 40; n++) pace.taken();
      await context.log.until('96');
      expect(pulled.count).toBeLessThanOrEqual(96 + 40);
    },
  },
];
