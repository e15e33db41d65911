/** Calls while leaders move, connections break and groups rebalance: each is answered, and no mutation runs twice. */
import { createTRPCClient } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import { applyKafkaHandler } from '@trpc-kafka/adapter';
import { defineKafkaService } from '@trpc-kafka/core';
import { createDevBroker, type DevBroker, type Fault } from '@trpc-kafka/dev-broker';
import { createKafkaClient, kafkaBatchLink, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { expect, test } from 'vitest';

interface Blow {
  readonly name: string;
  /** Answers a fault that is to have struck when all is over. */
  readonly strike: (broker: DevBroker, topics: Topics) => unknown;
}
type Topics = ReturnType<typeof defineKafkaService>['topics'];

const calls = 400;
const lanes = 16;
const t = initTRPC.create();

function moveLeaders(broker: DevBroker, topic: string): void {
  for (const partition of [0, 1]) {
    const leader = broker.leaderOf(topic, partition)!;
    broker.cluster.moveLeader(topic, partition, (leader % 3) + 1);
  }
}

const blows: readonly Blow[] = [
  {
    name: 'the leaders of the requests move',
    strike: (broker, { requests }) => moveLeaders(broker, requests.topic),
  },
  {
    name: 'the leaders of the replies move',
    strike: (broker, { replies }) => moveLeaders(broker, replies.topic),
  },
  {
    name: 'every connection is cut',
    strike: (broker) => void broker.cluster.disconnect(),
  },
  {
    name: 'acknowledgements are lost',
    strike: (broker) => broker.faults.cut({ api: 'Produce' }, { when: 'after', times: 4 }),
  },
  {
    name: 'produces are carried out twice',
    strike: (broker) => broker.faults.duplicate({ api: 'Produce' }, { times: 20 }),
  },
  {
    name: 'the group rebalances',
    strike: (broker) => void broker.cluster.forceRebalance('struck'),
  },
  {
    name: 'a node goes down',
    strike: (broker, { requests }) => broker.cluster.stopNode(broker.leaderOf(requests.topic, 0)!),
  },
  {
    name: 'commits fail',
    strike: (broker) => broker.faults.fail({ api: 'OffsetCommit' }, 'NOT_COORDINATOR', { times: 3 }),
  },
];

function isFault(value: unknown): value is Fault {
  return typeof value === 'object' && value !== null && 'untilHit' in value;
}

test.each(blows)(
  '$name',
  async ({ strike }) => {
    await using broker = await createDevBroker({ nodes: 3 });
    const connect = () => new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING });
    const two = { partitions: 2, replicationFactor: 3 };
    const service = defineKafkaService({
      name: 'struck',
      topics: { requests: two, oneWay: two, control: two, replies: two, deadLetter: two },
    });
    const runs: number[] = [];
    const router = t.router({
      run: t.procedure
        .input((input) => Number(input))
        .mutation(({ input }) => {
          runs.push(input);
          return input;
        }),
    });
    const handlers = [0, 1].map(() => applyKafkaHandler({ kafka: connect(), service, router }));
    const kafkaClient = createKafkaClient({ kafka: connect(), service, timeoutMs: 15_000 });
    await Promise.all([kafkaClient.ready(), ...handlers.map((handler) => handler.ready())]);
    // Half of the calls share records.
    const clients = [
      kafkaLink<typeof router>({ client: kafkaClient }),
      kafkaBatchLink<typeof router>({ client: kafkaClient }),
    ].map((link) => createTRPCClient<typeof router>({ links: [link] }));
    const answers: unknown[] = [];
    let next = 0;
    let struck: unknown;
    try {
      await Promise.all(
        Array.from({ length: lanes }, async (_, lane) => {
          const client = clients[lane % 2]!;
          while (next < calls) {
            const n = next++;
            if (n === calls / 2) struck = await strike(broker, service.topics);
            answers[n] = await client.run.mutate(n).catch((error: Error) => error.message);
          }
        }),
      );
      const numbers = Array.from({ length: calls }, (_, n) => n);
      expect(answers).toEqual(numbers);
      // Without having struck it would have proved nothing; commits are written now and then only.
      if (isFault(struck)) await struck.untilHit();
      expect(runs.toSorted((a, b) => a - b)).toEqual(numbers);
    } finally {
      await kafkaClient.close();
      for (const handler of handlers) await handler.close({ graceMs: 0 });
    }
  },
  60_000,
);
