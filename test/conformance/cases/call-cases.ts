/** Queries and mutations, one and many. */
import { defineKafkaService } from '@trpc-kafka/core';
import { kafkaContext } from '@trpc-kafka/link';
import { expect } from 'vitest';
import type { ConformanceCase } from '../conformance-case.ts';

export const callCases: readonly ConformanceCase[] = [
  {
    name: 'a query and a mutation are answered',
    async run({ start }) {
      const { client } = await start();
      expect(await client.calls.echo.query('hello')).toBe('hello');
      expect(await client.calls.change.mutate({ a: [1, null] })).toEqual({ a: [1, null] });
    },
  },
  {
    name: 'undefined, null and what the transformer keeps survive there and back',
    async run({ start }) {
      const { client } = await start();
      const values = [
        undefined,
        null,
        '',
        0,
        false,
        new Date(0),
        new Map([['a', new Set([1n])]]),
        [undefined, null],
      ];
      for (const value of values) expect(await client.calls.echo.query(value)).toEqual(value);
    },
  },
  {
    name: 'many calls at once get each their own answer',
    async run({ start }) {
      const { client } = await start();
      const numbers = Array.from({ length: 500 }, (_, n) => n);
      expect(await Promise.all(numbers.map((n) => client.calls.echo.query(n)))).toEqual(numbers);
    },
  },
  {
    name: 'a slow call holds up no other',
    async run({ start, log }) {
      const { client } = await start();
      const controller = new AbortController();
      const slow = client.calls.hang.query('slow', { signal: controller.signal }).catch(() => 'aborted');
      await log.until('begun slow');
      expect(await client.calls.echo.query('fast')).toBe('fast');
      controller.abort();
      expect(await slow).toBe('aborted');
    },
  },
  {
    name: 'clients on one Kafka client share an inbox and are not confused',
    async run({ serve, connect, createSource }) {
      await serve();
      const kafka = createSource();
      const [a, b] = [connect({ kafka }), connect({ kafka })];
      const answers = Array.from({ length: 50 }, (_, n) => [
        a.client.calls.echo.query(`a${n}`),
        b.client.calls.echo.query(`b${n}`),
      ]);
      expect(await Promise.all(answers.flat())).toEqual(
        Array.from({ length: 50 }, (_, n) => [`a${n}`, `b${n}`]).flat(),
      );
      await a.kafkaClient.close();
      expect(await b.client.calls.echo.query('still there')).toBe('still there');
    },
  },
  {
    name: 'applications of other names read their own replies',
    async run({ serve, connect, service }) {
      await serve();
      const [a, b] = [connect({ app: `${service.name}-a` }), connect({ app: `${service.name}-b` })];
      expect(await Promise.all([a.client.calls.echo.query('a'), b.client.calls.echo.query('b')])).toEqual([
        'a',
        'b',
      ]);
    },
  },
  {
    name: 'a client without an app reads the replies of the service',
    async run({ serve, connect }) {
      await serve();
      const { client } = connect({ app: undefined } as never);
      expect(await client.calls.echo.query(1)).toBe(1);
    },
  },
  {
    name: 'calls with a key go to the partition of the key',
    async run({ start }) {
      const { client } = await start();
      const asked = Array.from({ length: 12 }, (_, n) =>
        client.calls.whereAmI.query(undefined, { context: kafkaContext({ key: `key-${n % 2}` }) }),
      );
      const places = new Map((await Promise.all(asked)).map(({ req }) => [req.key, req.partition]));
      expect(places.size).toBe(2);
      for (const { req } of await Promise.all(asked)) expect(req.partition).toBe(places.get(req.key));
    },
  },
  {
    name: 'calls without a key are spread over the partitions',
    async run({ start }) {
      const { client } = await start();
      const partitions = new Set<number>();
      for (let n = 0; n < 6; n++) partitions.add((await client.calls.whereAmI.query()).req.partition);
      expect(partitions.size).toBe(3);
    },
  },
  {
    name: 'topics under other names and a prefix',
    async run({ createKafka, createSource, connect, defer, service, codecs }) {
      const other = defineKafkaService({
        name: 'named',
        topicPrefix: `${service.name}.`,
        groupId: `${service.name}-workers`,
        topics: { requests: { topic: `${service.name}-in`, partitions: 1 }, control: { partitions: 1 } },
      });
      const { applyKafkaHandler } = await import('@trpc-kafka/adapter');
      const { testRouter } = await import('../test-router.ts');
      const createContext = (given: object) => ({ ...given }) as never;
      const handler = applyKafkaHandler({
        kafka: createSource(),
        service: other,
        codecs,
        router: testRouter,
        createContext,
      });
      defer(() => handler.close({ graceMs: 0 }));
      const { client } = connect({ service: other, app: 'shop' });
      await handler.ready();
      expect((await client.calls.whereAmI.query()).req.topic).toBe(`${service.name}-in`);
      const topics = await listTopics(createKafka());
      expect(topics).toContain(`${service.name}.shop.replies`);
      expect(topics).toContain(`${service.name}.named.control`);
    },
  },
];

async function listTopics(
  kafka: ReturnType<
    typeof import('../case-context.ts').createCaseContext
  >['createKafka'] extends () => infer K
    ? K
    : never,
): Promise<string[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
}
