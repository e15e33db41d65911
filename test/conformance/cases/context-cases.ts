/** What `createContext` and `onError` are told of a call, whatever its kind. */
import type { CreateKafkaContextOptions } from '@trpc-kafka/adapter';
import { kafkaContext } from '@trpc-kafka/link';
import { expect } from 'vitest';
import type { ConformanceCase } from '../conformance-case.ts';

export const contextCases: readonly ConformanceCase[] = [
  {
    name: 'info has the procedure, the raw input and the signal that aborts with the call',
    async run({ start, log }) {
      const given: CreateKafkaContextOptions[] = [];
      const { client } = await start({ serve: { createContext: (opts) => void given.push(opts) } });
      const controller = new AbortController();
      const call = client.calls.hang.query('told', { signal: controller.signal }).catch(() => 'aborted');
      await log.until('begun told');
      const { info } = given[0]!;
      expect(info).toMatchObject({ type: 'query', isBatchCall: false, connectionParams: null });
      expect(info.calls).toHaveLength(1);
      const [told] = info.calls;
      expect(told).toMatchObject({ path: 'calls.hang', batchIndex: 0 });
      expect(await told!.getRawInput()).toBe('told');
      expect(told!.procedure?._def.type).toBe('query');
      expect(info.signal.aborted).toBe(false);
      controller.abort();
      await log.until('aborted told');
      expect([await call, info.signal.aborted]).toEqual(['aborted', true]);
    },
  },
  {
    name: 'a one-way call says that it is one, and who sent it',
    async run({ start, log, service }) {
      const given: CreateKafkaContextOptions[] = [];
      const { client, emitter } = await start({
        serve: { createContext: (opts) => void given.push(opts) },
        connect: { connectionParams: { tenant: 'acme' } },
      });
      await client.calls.whereAmI.query();
      const position = await emitter.calls.noted('sent', {
        key: 'k',
        idempotencyKey: 'once',
        headers: { 'x-trace': '7' },
      });
      await log.until('sent');
      const [call, oneWay] = given as [CreateKafkaContextOptions, CreateKafkaContextOptions];
      expect(oneWay.req).toMatchObject({
        ...position,
        topic: service.topics.oneWay.topic,
        key: 'k',
        idempotencyKey: 'once',
        headers: { 'x-trace': '7' },
        oneWay: true,
        attempt: 1,
        from: call.req.from,
      });
      expect(oneWay.info).toMatchObject({ type: 'mutation', connectionParams: { tenant: 'acme' } });
    },
  },
  {
    name: 'a subscription has its context as a call does, and onError the same one',
    async run({ start }) {
      const given: CreateKafkaContextOptions[] = [];
      const told: unknown[] = [];
      const { client } = await start({
        serve: {
          createContext: (opts) => void given.push(opts),
          onError: ({ error, path, type, input, ctx, req }) =>
            void told.push([error.code, path, type, input, ctx?.req === req]),
        },
      });
      await new Promise((resolve) => {
        client.streams.failAfter.subscribe(1, {
          context: kafkaContext({ headers: { a: '1' } }),
          onError: resolve,
        });
      });
      expect(given).toHaveLength(1);
      expect(given[0]).toMatchObject({ info: { type: 'subscription' }, req: { headers: { a: '1' } } });
      expect(told).toEqual([['CONFLICT', 'streams.failAfter', 'subscription', 1, true]]);
    },
  },
  {
    name: 'an asynchronous createContext that rejects ends a subscription before it starts, and a one-way call at the dead letters',
    async run({ start }) {
      const told: string[] = [];
      const { client, emitter, handler } = await start({
        serve: {
          oneWay: { attempts: 1 },
          onError: ({ path, error }) => void told.push(`${path}: ${error.message}`),
          async createContext() {
            await Promise.resolve();
            throw new Error('no context for you');
          },
        },
      });
      const deadLettered = new Promise<void>((resolve) =>
        handler.on((event) => event.type === 'dead-lettered' && resolve()),
      );
      const events: string[] = [];
      await new Promise<void>((resolve) => {
        client.streams.count.subscribe(1, {
          onStarted: () => events.push('started'),
          onError(error) {
            events.push(error.message);
            resolve();
          },
        });
      });
      await emitter.calls.noted('never');
      await deadLettered;
      expect(events).toEqual(['no context for you']);
      expect(told).toEqual(['streams.count: no context for you', 'calls.noted: no context for you']);
    },
  },
];
