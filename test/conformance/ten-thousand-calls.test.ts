/** 10,000 calls at 64 in flight, from two clients to two servers that are processes of their own: each answered once, to whom it belongs. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createTRPCClient } from '@trpc/client';
import { createKafkaClient, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { expect, test } from 'vitest';
import { realKafka } from '../support/real-kafka/real-kafka.ts';
import { uniqueName } from '../support/unique-name.ts';
import type { EchoRouter } from './fixtures/echo-server.ts';

const calls = 10_000;
const inFlight = 64;
const kafka = await realKafka();
const serverFile = fileURLToPath(new URL('./fixtures/echo-server.ts', import.meta.url));

async function startServer(service: string, brokers: readonly string[]): Promise<ChildProcess> {
  const server = fork(serverFile, [service, ...brokers], { execArgv: ['--import', 'tsx'] });
  await once(server, 'message');
  return server;
}

async function executedBy(server: ChildProcess): Promise<number> {
  server.send('how many?');
  const [answer] = (await once(server, 'message')) as [{ executed: number }];
  return answer.executed;
}

test.skipIf(kafka.unavailable)(
  'every call is answered once, to the right client, by both servers',
  async () => {
    const brokers = kafka.brokers!;
    const service = uniqueName('thousands');
    const servers = [await startServer(service, brokers), await startServer(service, brokers)];
    const clients = ['a', 'b'].map((name) => {
      const kafkaClient = createKafkaClient({
        kafka: new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }),
        service,
        app: `${service}-app`,
        timeoutMs: 30_000,
      });
      return {
        name,
        kafkaClient,
        client: createTRPCClient<EchoRouter>({ links: [kafkaLink<EchoRouter>({ client: kafkaClient })] }),
      };
    });
    try {
      let next = 0;
      const byServer = new Map<number, number>();
      await Promise.all(
        Array.from({ length: inFlight }, async (_, lane) => {
          const { name, client } = clients[lane % clients.length]!;
          while (next < calls) {
            const n = next++;
            const answer = await client.echo.mutate({ client: name, n });
            expect(answer).toMatchObject({ client: name, n });
            byServer.set(answer.server, (byServer.get(answer.server) ?? 0) + 1);
          }
        }),
      );
      expect(new Set(byServer.keys())).toEqual(new Set(servers.map(({ pid }) => pid)));
      // As many as were asked: no call ran twice, no reply came twice.
      expect((await executedBy(servers[0]!)) + (await executedBy(servers[1]!))).toBe(calls);
      for (const { kafkaClient } of clients) {
        expect(kafkaClient.counters()).toMatchObject({ timeouts: 0, lateReplies: 0, unreadableReplies: 0 });
      }
    } finally {
      for (const { kafkaClient } of clients) await kafkaClient.close();
      for (const server of servers) server.kill();
    }
  },
  120_000,
);
