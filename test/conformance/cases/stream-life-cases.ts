/** Streams beside what else goes on: the connection's state, calls, where their messages stand, how they are let go. */
import { TRPCClientError } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import { observable } from '@trpc/server/observable';
import type { RecordPosition } from '@trpc-kafka/core';
import { expect } from 'vitest';
import type { ConformanceCase } from '../conformance-case.ts';
import { connectRouter, serveRouter } from '../own-router.ts';
import { readRecordAt } from '../record-reader.ts';

const t = initTRPC.create();

export const streamLifeCases: readonly ConformanceCase[] = [
  {
    name: 'a subscriber is told the state of the connection, from before it is open',
    async run({ serve, connect }) {
      await serve();
      const { client, kafkaClient } = connect();
      const states: string[] = [];
      const subscribe = (): Promise<void> =>
        new Promise((resolve, reject) => {
          client.streams.count.subscribe(1, {
            onConnectionStateChange: ({ state }) => states.push(state),
            onStarted: () => states.push('started'),
            onComplete: resolve,
            onError: reject,
          });
        });
      await subscribe();
      expect(states.splice(0)).toEqual(['connecting', 'pending', 'started']);
      await kafkaClient.ready();
      await subscribe();
      expect(states).toEqual(['pending', 'started']);
    },
  },
  {
    name: 'iterating a subscription that fails throws its error after its items',
    async run({ start }) {
      const { client } = await start();
      const items: number[] = [];
      const iterate = async (): Promise<void> => {
        for await (const item of client.streams.failAfter.subscribe(2)) items.push(item);
      };
      const error: unknown = await iterate().catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(TRPCClientError);
      expect(error).toMatchObject({
        message: 'half-way',
        data: { code: 'CONFLICT', path: 'streams.failAfter' },
      });
      expect(items).toEqual([0, 1]);
    },
  },
  {
    name: 'calls are answered while long streams run',
    async run({ start }) {
      const { client } = await start();
      let streaming = 2;
      const drain = async (): Promise<number> => {
        let items = 0;
        for await (const item of client.streams.count.subscribe(3000)) if (item === items) items++;
        streaming--;
        return items;
      };
      const streams = [drain(), drain()];
      let answered = 0;
      while (streaming > 0) {
        expect(await client.calls.echo.query(answered)).toBe(answered);
        answered++;
      }
      expect(await Promise.all(streams)).toEqual([3000, 3000]);
      expect(answered).toBeGreaterThan(1);
    },
  },
  {
    name: 'unsubscribing lets go of an observable, and nothing it emits afterwards arrives',
    async run(context) {
      const { log } = context;
      const late: (() => void)[] = [];
      const router = t.router({
        ticks: t.procedure.subscription(() =>
          observable<string>((observer) => {
            observer.next('first');
            late.push(() => observer.next('late'));
            return () => log.note('torn down');
          }),
        ),
        ping: t.procedure.query(() => 'pong'),
      });
      await serveRouter<typeof router>(context, { router });
      const { client } = connectRouter<typeof router>(context);
      const items: string[] = [];
      const subscription = client.ticks.subscribe(undefined, {
        onData(item) {
          items.push(item);
          log.note(item);
        },
      });
      await log.until('first');
      subscription.unsubscribe();
      await log.until('torn down');
      late[0]!();
      expect(await client.ping.query()).toBe('pong');
      expect(items).toEqual(['first']);
    },
  },
  {
    name: 'errors and streams say at which record they stand, and it is that record',
    async run({ start, createKafka, service }) {
      const { client } = await start();
      const error = (await client.calls.fail
        .query('CONFLICT')
        .catch((caught: unknown) => caught)) as TRPCClientError<never>;
      const started = await new Promise<RecordPosition>((resolve) => {
        client.streams.count.subscribe(1, {
          onStarted: ({ context }) => resolve((context as { kafka: RecordPosition }).kafka),
        });
      });
      const failed = (error.meta as { kafka: RecordPosition }).kafka;
      expect(failed.topic).toBe(`${service.name}.replies`);
      const kafka = createKafka();
      const [first, second] = await Promise.all([readRecordAt(kafka, failed), readRecordAt(kafka, started)]);
      expect(String(first.value)).toContain('failed with CONFLICT');
      expect(String(second.value)).toContain('"started"');
      expect(String(first.headers?.['trpc-kafka-to'])).toBe(String(second.headers?.['trpc-kafka-to']));
    },
  },
];
