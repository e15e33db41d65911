/** One of three servers is killed under load: the others are called, and of what it had begun each caller learns what is known. */
import { createTRPCClient, TRPCClientError } from '@trpc/client';
import { defineKafkaService, isKafkaTransportError } from '@trpc-kafka/core';
import { createKafkaClient, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { type ForkedProcess, forkFixture } from '../support/forked-process.ts';
import { sharedBrokers } from '../support/shared-brokers.ts';
import { uniqueName } from '../support/unique-name.ts';
import { createSteadyLoad } from './fixtures/steady-load.ts';
import type { WorkRouter } from './fixtures/work-router.ts';

const targets = await sharedBrokers();

const partitions = 12;
const takesMs = 50;

/** Three servers that share the partitions, and a client whose calls have `timeoutMs`. */
async function startThree(brokers: readonly string[], timeoutMs: number) {
  const name = uniqueName('three');
  const service = defineKafkaService({ name, topics: { requests: { partitions } } });
  const kafkaClient = createKafkaClient({
    kafka: new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }),
    service,
    app: `${name}-app`,
    timeoutMs,
  });
  const client = createTRPCClient<WorkRouter>({ links: [kafkaLink<WorkRouter>({ client: kafkaClient })] });
  await kafkaClient.ready();
  const servers: ForkedProcess[] = [];
  for (let n = 0; n < 3; n++) {
    const server = forkFixture(new URL('./fixtures/work-server.ts', import.meta.url), [
      name,
      String(partitions),
      String(takesMs),
      ...brokers,
    ]);
    servers.push(server);
    await server.heard('ready');
  }
  const warmUps = Array.from({ length: partitions * 2 }, (_, n) => n);
  const isEachUsed = (): boolean => servers.every((server) => server.said('run warm').length > 0);
  // Each has its share when each has been called.
  while (!isEachUsed()) for (const n of warmUps) await client.read.query(`warm ${n}`);
  return {
    client,
    servers,
    runsOf: (call: string) => servers.filter((server) => server.hasSaid(`run ${call}`)).length,
    async [Symbol.asyncDispose]() {
      await kafkaClient.close();
      for (const server of servers) server[Symbol.dispose]();
    },
  };
}

function codeOf(error: unknown): string {
  return error instanceof TRPCClientError && isKafkaTransportError(error.cause)
    ? error.cause.code
    : String(error);
}

describe.each(targets)('on $name', ({ skip, brokers }) => {
  test.skipIf(skip)(
    'queries are answered all the same, mutations are run once or said to be in doubt',
    async () => {
      // Long enough for the session of the dead to end.
      await using three = await startThree(brokers, 40_000);
      const { client, servers } = three;
      const isQuery = (name: string): boolean => Number(name.split(' ')[1]) % 2 === 0;
      const load = createSteadyLoad(200, (name) =>
        isQuery(name) ? client.read.query(name) : client.write.mutate(name),
      );
      await servers[1]!.until('run call', 50);
      servers[1]!.process.kill('SIGKILL');
      await load.more(2000);
      const { names, failed } = await load.stop();
      expect([...failed].filter(([name]) => isQuery(name))).toEqual([]);
      expect(new Set([...failed.values()].map(codeOf))).toEqual(new Set(['MAYBE_EXECUTED']));
      const twice = names.filter((name) => !isQuery(name) && three.runsOf(name) > 1);
      expect(twice).toEqual([]);
      const neverRun = names.filter((name) => !failed.has(name) && three.runsOf(name) === 0);
      expect(neverRun).toEqual([]);
    },
    120_000,
  );

  test.skipIf(skip)(
    'calls keep off the partitions of the dead: under a twentieth of them time out, though none could wait for its successor',
    async () => {
      await using three = await startThree(brokers, 3000);
      const { client, servers } = three;
      const load = createSteadyLoad(200, (name) => client.read.query(name));
      await servers[1]!.until('run call', 50);
      servers[1]!.process.kill('SIGKILL');
      // As many as are made in ten seconds: seven until its session has ended, and three.
      await load.more(2000);
      const { names, failed } = await load.stop();
      expect(new Set([...failed.values()].map(codeOf))).toEqual(new Set(['TIMEOUT']));
      expect(failed.size / names.length).toBeLessThan(0.05);
    },
    120_000,
  );
});
