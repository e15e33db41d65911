/** Two routers under one name, by mistake: instances share the calls of both, and no group can tell whose they are. */
import { createTRPCUntypedClient } from '@trpc/client';
import { type AnyTRPCRouter, initTRPC } from '@trpc/server';
import { applyKafkaHandler, type KafkaHandler } from '@trpc-kafka/adapter';
import { defineKafkaService } from '@trpc-kafka/core';
import { createKafkaClient, createKafkaEmitter, discover, kafkaContext, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { targets } from '../support/broker-targets.ts';
import { createCollector } from '../support/collector.ts';
import { uniqueName } from '../support/unique-name.ts';

const t = initTRPC.create();
const routers = {
  flights: t.router({ flights: t.procedure.query(() => 'a flight') }),
  hotels: t.router({ hotels: t.procedure.query(() => 'a hotel') }),
};
type AnyEmitter = Record<string, (input: unknown) => Promise<void>>;

const bothPartitions = { partitions: 2 };

describe.each(targets)('on $name', ({ skip, open }) => {
  test.skipIf(skip)('calls are answered by who can, and refused by who cannot', async () => {
    const target = await open();
    onTestFinished(() => target.close());
    const kafka = new Kafka({ brokers: [...target.brokers], logLevel: logLevel.NOTHING });
    const name = uniqueName('two');
    const service = defineKafkaService({
      name,
      topics: { requests: bothPartitions, oneWay: bothPartitions, control: { partitions: 1 } },
    });
    const reported = createCollector<string>();
    const deadLetters = createCollector<string>();
    const handlers: KafkaHandler[] = [];
    for (const router of Object.values(routers)) {
      const handler = applyKafkaHandler<AnyTRPCRouter>({
        kafka,
        service,
        router,
        onError: ({ error, path }) => reported.add(`${path} ${error.code}`),
      });
      handler.on((event) => {
        if (event.type === 'dead-lettered') deadLetters.add(event.error.message);
      });
      handlers.push(handler);
      onTestFinished(() => handler.close({ graceMs: 0 }));
      await handler.ready();
    }
    const kafkaClient = createKafkaClient({ kafka, service });
    onTestFinished(() => kafkaClient.close({ graceMs: 0 }));
    const client = createTRPCUntypedClient<AnyTRPCRouter>({ links: [kafkaLink({ client: kafkaClient })] });

    // Each key has its partition, and each partition its instance.
    const outcomes: string[] = [];
    for (let key = 0; key < 20 || new Set(outcomes).size < 4; key++) {
      const context = kafkaContext({ key: String(key) });
      for (const path of ['flights', 'hotels']) {
        outcomes.push(
          await client
            .query(path, undefined, { context })
            .then(String, (error: { data?: { code: string } }) => {
              return `${path} ${error.data?.code}`;
            }),
        );
      }
    }
    expect(new Set(outcomes)).toEqual(
      new Set(['a flight', 'a hotel', 'flights NOT_FOUND', 'hotels NOT_FOUND']),
    );
    const refused = outcomes.filter((outcome) => outcome.endsWith('NOT_FOUND'));
    await reported.until((all) => all.length >= refused.length, 'each refusal to be told');
    expect([...reported.items].sort()).toEqual(refused.sort());

    const found = await discover(kafkaClient, { procedures: true, maxAnswers: 2, timeoutMs: 30_000 }).all();
    const served = found.map(({ procedures }) => procedures?.map(({ path }) => path).join());
    expect(new Set(served)).toEqual(new Set(['flights', 'hotels']));

    const emitter = createKafkaEmitter<AnyTRPCRouter>({ client: kafkaClient }) as unknown as AnyEmitter;
    // To whomever it comes, nobody has it.
    await emitter['cars']!(undefined);
    expect(await deadLetters.count(1)).toEqual([expect.stringContaining('cars')]);
  });
});
