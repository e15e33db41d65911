/** Servers and a client on the brokers of a scenario: each a process, on a line of its own. */
import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaService } from '@trpc-kafka/core';
import { Kafka, logLevel } from 'kafkajs';
import { type CuttableLine, openLine } from '../support/cuttable-line.ts';
import { type ForkedProcess, forkFixture } from '../support/forked-process.ts';
import { uniqueName } from '../support/unique-name.ts';
import type { ClientArguments, ClientOrder } from './fixtures/client.ts';
import { promiseService } from './fixtures/promise-service.ts';
import type { ServerArguments, ServerOrder } from './fixtures/server.ts';

/** A process and its line. */
export interface Actor<TOrder> extends ForkedProcess {
  readonly line: CuttableLine;
  order(order: TOrder): void;
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
}

export type Server = Actor<ServerOrder> & { readonly name: string };
export type Client = Actor<ClientOrder>;

/** What a scenario works with. */
export interface PromiseWorld extends AsyncDisposable {
  /** All that were started. */
  readonly servers: readonly Server[];
  readonly client: Client | undefined;
  /** Starts a server instance and waits until it serves. */
  serve(name: string, options?: Partial<Pick<ServerArguments, 'holds' | 'skewMs'>>): Promise<Server>;
  /** Starts the client and waits until it may call. */
  connect(options?: Partial<Pick<ClientArguments, 'timeoutMs' | 'skewMs'>>): Promise<Client>;
  /** Resolves when the topic of a role has so many records. Kafka tells nobody, so it is asked. */
  untilWritten(role: keyof KafkaService['topics'], count: number): Promise<void>;
}

/**
 * How long callers wait who are to be answered. On a machine that is busy with other things a successor takes a minute to
 * start, of which nothing is promised.
 */
const patienceMs = 200_000;

/** Makes a world with a service of its own. */
export function createPromiseWorld(brokers: readonly string[]): PromiseWorld {
  const service = promiseService(uniqueName('promises'));
  const cleanUps: (() => unknown)[] = [];
  const servers: Server[] = [];
  let client: Client | undefined;

  async function start<TOrder>(file: string, given: object): Promise<Actor<TOrder>> {
    const line = await openLine();
    const args = JSON.stringify({ brokers, service: service.name, linePort: line.port, skewMs: 0, ...given });
    const forked = forkFixture(new URL(file, import.meta.url), [args]);
    cleanUps.push(async () => {
      forked.process.kill('SIGKILL');
      await line[Symbol.asyncDispose]();
    });
    await forked.heard('ready');
    return {
      ...forked,
      line,
      order: (order) => void forked.process.send(order as string),
      signal: (name) => void forked.process.kill(name),
    };
  }

  return {
    servers,
    get client() {
      return client;
    },
    async serve(name, options = {}) {
      const actor = await start<ServerOrder>('./fixtures/server.ts', { name, holds: false, ...options });
      const server = { ...actor, name };
      servers.push(server);
      return server;
    },
    async connect(options = {}) {
      client = await start<ClientOrder>('./fixtures/client.ts', { timeoutMs: patienceMs, ...options });
      return client;
    },
    async untilWritten(role, count) {
      const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      try {
        const { topic } = service.topics[role];
        const written = async (): Promise<number> => {
          const ends = await admin.fetchTopicOffsets(topic);
          return ends.reduce((sum, { high }) => sum + Number(high), 0);
        };
        while ((await written()) < count) await delay(50);
      } finally {
        await admin.disconnect();
      }
    },
    async [Symbol.asyncDispose]() {
      for (const cleanUp of cleanUps.reverse()) await cleanUp();
    },
  };
}
