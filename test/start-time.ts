/**
 * Prints how long it takes to start an embedded broker, a handler and a client, until a first call is answered:
 * the cost of one test that brings its own. `pnpm start-time [rounds]`
 */
import { initTRPC } from '@trpc/server';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { createTestPair } from '@trpc-kafka/testing';

const rounds = Number(process.argv[2] ?? 50);
const t = initTRPC.create();
const router = t.router({ ping: t.procedure.query(() => 'pong') });

interface Times {
  readonly brokerMs: number;
  readonly readyMs: number;
  readonly firstCallMs: number;
  readonly closedMs: number;
}

async function measure(): Promise<Times> {
  const start = performance.now();
  const since = (): number => performance.now() - start;
  const broker = await createDevBroker();
  const brokerMs = since();
  const pair = await createTestPair({ router, broker });
  const readyMs = since();
  await pair.client.ping.query();
  const firstCallMs = since();
  await pair.close();
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
for (let round = 0; round < rounds; round++) times.push(await measure());
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
