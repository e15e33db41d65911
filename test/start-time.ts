/**
 * Prints how long it takes to start an embedded broker, a handler and a client, until a first call is answered:
 * the cost of one test that brings its own. `pnpm start-time [rounds]`
 */
import { createTRPCClient } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import { applyKafkaHandler } from '@trpc-kafka/adapter';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { createKafkaClient, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';

const rounds = Number(process.argv[2] ?? 50);
const t = initTRPC.create();
const router = t.router({ ping: t.procedure.query(() => 'pong') });

interface Times {
  readonly brokerMs: number;
  readonly readyMs: number;
  readonly firstCallMs: number;
  readonly closedMs: number;
}

async function measure(round: number): Promise<Times> {
  const start = performance.now();
  const since = (): number => performance.now() - start;
  const broker = await createDevBroker();
  const brokerMs = since();
  const connect = () => new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.ERROR });
  const service = `round-${round}`;
  const handler = applyKafkaHandler({ kafka: connect(), service, router });
  const kafkaClient = createKafkaClient({ kafka: connect(), service });
  const client = createTRPCClient<typeof router>({
    links: [kafkaLink<typeof router>({ client: kafkaClient })],
  });
  await Promise.all([handler.ready(), kafkaClient.ready()]);
  const readyMs = since();
  await client.ping.query();
  const firstCallMs = since();
  await kafkaClient.close();
  await handler.close();
  await broker.close();
  return { brokerMs, readyMs, firstCallMs, closedMs: since() - firstCallMs };
}

function row(name: string, values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): string =>
    sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(1).padStart(7);
  return `${name.padEnd(34)} ${at(0.5)} ${at(0)} ${at(0.95)}`;
}

const times: Times[] = [];
for (let round = 0; round < rounds; round++) times.push(await measure(round));
process.stdout.write(
  [
    `${rounds} rounds, in ms                  median     min     p95`,
    row(
      'broker',
      times.map((each) => each.brokerMs),
    ),
    row(
      'broker, handler and client ready',
      times.map((each) => each.readyMs),
    ),
    row(
      'first call answered',
      times.map((each) => each.firstCallMs),
    ),
    row(
      'closing all',
      times.map((each) => each.closedMs),
    ),
    '',
  ].join('\n'),
);
