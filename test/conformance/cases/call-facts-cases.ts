/** What is told beside each kind of call: to createContext in `req` and `info`, and to its caller of the reply. */
import { TRPCClientError } from '@trpc/client';
import type { CreateKafkaContextOptions } from '@trpc-kafka/adapter';
import type { RecordPosition } from '@trpc-kafka/core';
import { createKafkaEmitter, kafkaContext } from '@trpc-kafka/link';
import superjson from 'superjson';
import { expect } from 'vitest';
import { errorOf } from '../../support/call-error.ts';
import type { Connected } from '../case-context.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { type TestRouter, testRouter } from '../test-router.ts';

/** By their paths, as tRPC keeps them, though its types tell of a tree. */
const procedures = testRouter._def.procedures as unknown as Readonly<Record<string, unknown>>;

/** A call of each kind: how it is made, and what is told of it. */
interface Kind {
  readonly type: 'query' | 'mutation' | 'subscription';
  readonly path: string;
  readonly input: unknown;
  readonly oneWay: boolean;
  readonly make: (connected: Connected) => Promise<unknown>;
}

const kinds: Readonly<Record<string, Kind>> = {
  query: {
    type: 'query',
    path: 'calls.echo',
    input: new Date(1),
    oneWay: false,
    make: ({ client }) => client.calls.echo.query(new Date(1)),
  },
  mutation: {
    type: 'mutation',
    path: 'calls.change',
    input: { n: 1 },
    oneWay: false,
    make: ({ client }) => client.calls.change.mutate({ n: 1 }),
  },
  subscription: {
    type: 'subscription',
    path: 'streams.count',
    input: 2,
    oneWay: false,
    make: ({ client }) =>
      new Promise<void>((onComplete) => {
        client.streams.count.subscribe(2, { onComplete });
      }),
  },
  'one-way call': {
    type: 'mutation',
    path: 'calls.noted',
    input: 'sent',
    oneWay: true,
    make: ({ kafkaClient }) =>
      createKafkaEmitter<TestRouter>({
        client: kafkaClient,
        transformer: superjson,
        headers: { 'x-tenant': 'acme', 'x-of': 'the link' },
      }).calls.noted('sent'),
  },
};

const infoCases = Object.entries(kinds).map(
  ([kind, { type, path, input, oneWay, make }]): ConformanceCase => ({
    name: `createContext is told of a ${kind}: record, headers of the link, connection parameters, call`,
    async run({ serve, connect, log, service }) {
      let given: CreateKafkaContextOptions | undefined;
      await serve({
        async createContext(opts) {
          given = opts;
          // Asked before the procedure runs, and by it once more.
          expect(opts.info.calls[0]?.result()).toEqual(input);
          log.note('context');
        },
      });
      const connected = connect({
        connectionParams: { token: 'secret' },
        headers: ({ op }) => ({ 'x-tenant': 'acme', 'x-of': `${op.type} ${op.path}` }),
      });
      await make(connected);
      await log.until('context');
      const { req, info } = given!;
      const { topic } = oneWay ? service.topics.oneWay : service.topics.requests;
      expect(req).toMatchObject({
        topic,
        partition: expect.any(Number),
        offset: 0,
        oneWay,
        headers: { 'x-tenant': 'acme', 'x-of': oneWay ? 'the link' : `${type} ${path}` },
      });
      expect(info).toMatchObject({ type, isBatchCall: false, connectionParams: { token: 'secret' } });
      expect(info.signal).toBeInstanceOf(AbortSignal);
      const [call, ...others] = info.calls;
      expect(others).toEqual([]);
      expect([call!.path, call!.batchIndex, await call!.getRawInput()]).toEqual([path, 0, input]);
      expect(call!.procedure).toBe(procedures[path]);
    },
  }),
);

export const callFactsCases: readonly ConformanceCase[] = [
  ...infoCases,
  {
    name: 'errors of calls, subscriptions and one-way calls say where their record stood',
    async run({ start, service }) {
      const { client, emitter } = await start();
      const place = (topic: string): RecordPosition => ({
        topic,
        partition: expect.any(Number) as number,
        offset: expect.any(Number) as number,
      });
      const { replies, oneWay } = service.topics;
      const ended = new Promise<unknown>((onError) => {
        client.streams.failAfter.subscribe(1, { onError });
      });
      const refused = new Promise<unknown>((onError) => {
        client.streams.refused.subscribe(undefined, { onError });
      });
      const errors = [await errorOf(client.calls.fail.query('CONFLICT')), await ended, await refused];
      for (const error of errors) {
        expect(error).toBeInstanceOf(TRPCClientError);
        expect((error as TRPCClientError<TestRouter>).meta).toEqual({ kafka: place(replies.topic) });
      }
      expect(await emitter.calls.noted('there')).toEqual(place(oneWay.topic));
    },
  },
  {
    name: 'a record in which a call has its own headers, key and timeout says so to a subscription, too',
    async run({ start }) {
      let given: CreateKafkaContextOptions | undefined;
      const { client } = await start({
        serve: {
          createContext(opts) {
            given = opts;
          },
        },
        connect: { headers: { a: 'link', b: 'link' } },
      });
      const context = kafkaContext({ key: 'LH', headers: { b: 'call' }, timeoutMs: 5000 });
      await new Promise<void>((onComplete) => {
        client.streams.count.subscribe(1, { context, onComplete });
      });
      expect(given!.req).toMatchObject({ key: 'LH', headers: { a: 'link', b: 'call' } });
    },
  },
];
