/** Observes one behaviour over wsLink and over ours, so that it shows when tRPC mends what we do better. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createTRPCUntypedClient, createWSClient, type TRPCUntypedClient, wsLink } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import { applyWSSHandler, type Encoder } from '@trpc/server/adapters/ws';
import type { RecordCodec } from '@trpc-kafka/core';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type Arena, openArena } from '../../hostile-input/support/arena.ts';
import { createContractTest } from './contract-test.ts';

/** What is served, over whichever transport. */
export interface Served {
  readonly router: AnyTRPCRouter;
  readonly createContext?: () => object | Promise<object>;
  /** What both ends write, as wsLink's `experimental_encoder` and as a codec of ours. @default JSON */
  readonly codec?: RecordCodec;
}

/** A transport between a server and a client. */
export interface ComparedTransport {
  /** The client has no transformer, and no types: it does what the types forbid. */
  readonly serve: (served: Served) => Promise<TRPCUntypedClient<AnyTRPCRouter>>;
  /**
   * What an event gives, or 'nothing' if it has not come although it should have. A socket keeps order: once something
   * later has come, whatever was to be told before it has been told. Over Kafka the event is simply awaited.
   */
  readonly unlessOvertaken: <T>(event: Promise<T>, later: () => Promise<unknown>) => Promise<T | 'nothing'>;
}

type Observe = (transport: ComparedTransport) => Promise<unknown>;
type RunOver = (transport: ComparedTransport) => Promise<void>;

/** What is expected of each. */
export interface Comparison {
  readonly wsLink: unknown;
  readonly kafkaLink: unknown;
}

/** Registers a test for wsLink, and one for ours on each broker. */
type CompareTest = (name: string, observe: Observe, expected: Comparison) => void;

/** Prepares the brokers of a test file. */
export async function createComparisonTest(): Promise<CompareTest> {
  const testOverKafka = await createContractTest(runOverKafka);
  return (name, observe, expected) => {
    const expectOf = (transport: keyof Comparison) => async (compared: ComparedTransport) =>
      expect(await observe(compared)).toEqual(expected[transport]);
    test(`${name}: wsLink`, () => runOverSocket(expectOf('wsLink')));
    testOverKafka(`${name}: kafkaLink`, expectOf('kafkaLink'));
  };
}

async function runOverKafka(brokers: readonly string[], run: RunOver): Promise<void> {
  const opened: Arena[] = [];
  try {
    await run({
      async serve({ router, createContext, codec }) {
        const handler = {
          ...(createContext === undefined ? {} : { createContext }),
          ...(codec === undefined ? {} : { codecs: [codec] }),
        };
        const client = codec === undefined ? {} : { codec };
        const arena = await openArena({ brokers, router, handler, client });
        opened.push(arena);
        return arena.trpc;
      },
      unlessOvertaken: (event) => event,
    });
  } finally {
    for (const arena of opened) await arena.close();
  }
}

async function runOverSocket(run: RunOver): Promise<void> {
  const closers: (() => unknown)[] = [];
  try {
    await run({
      async serve({ router, createContext, codec }) {
        const encoder = codec === undefined ? {} : { experimental_encoder: codec as Encoder };
        const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
        closers.push(() => closeServer(server));
        applyWSSHandler<AnyTRPCRouter>({
          wss: server,
          router,
          createContext: createContext ?? (() => ({})),
          ...encoder,
        });
        await once(server, 'listening');
        const { port } = server.address() as AddressInfo;
        const client = createWSClient({
          url: `ws://127.0.0.1:${port}`,
          WebSocket,
          retryDelayMs: () => 10,
          ...encoder,
        });
        closers.push(() => client.close());
        return createTRPCUntypedClient<AnyTRPCRouter>({ links: [wsLink<AnyTRPCRouter>({ client })] });
      },
      async unlessOvertaken(event, later) {
        const overtaken = later()
          .then(nextTurn)
          .then(() => 'nothing' as const);
        return await Promise.race([event, overtaken]);
      },
    });
  } finally {
    for (const close of closers) await close();
  }
}

/** Promises that are settled have told so by then. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function closeServer(server: WebSocketServer): Promise<void> {
  for (const socket of server.clients) socket.terminate();
  await new Promise((closed) => server.close(closed));
}
