/** What travels beside a call: headers, connection parameters, facts of the record, interceptors. */
import { TRPCClientError } from '@trpc/client';
import { TRPCError } from '@trpc/server';
import { kafkaContext } from '@trpc-kafka/link';
import { expect } from 'vitest';
import type { ConformanceCase } from '../conformance-case.ts';

export const metadataCases: readonly ConformanceCase[] = [
  {
    name: 'createContext is told the record and the call',
    async run({ start, service }) {
      const { client } = await start();
      const { req, type, path, connectionParams } = await client.calls.whereAmI.query(undefined, {
        context: kafkaContext({ key: 'LH', idempotencyKey: 'once', headers: { 'x-tenant': 'acme' } }),
      });
      expect(req).toMatchObject({
        topic: service.topics.requests.topic,
        offset: 0,
        key: 'LH',
        headers: { 'x-tenant': 'acme' },
        idempotencyKey: 'once',
        oneWay: false,
        maybeRedelivered: false,
      });
      expect(req.from).toMatch(/^[\w-]{22}$/);
      expect(Math.abs(Date.now() - req.timestampMs)).toBeLessThan(60_000);
      expect([type, path, connectionParams]).toEqual(['query', 'calls.whereAmI', null]);
    },
  },
  {
    name: 'headers of the link are a value, a function or an async function; those of the call win',
    async run({ serve, connect }) {
      await serve();
      const headersOf = async (headers: Parameters<typeof connect>[0]) => {
        const { client } = connect(headers);
        const context = kafkaContext({ headers: { b: 'call' } });
        return (await client.calls.whereAmI.query(undefined, { context })).req.headers;
      };
      const expected = { a: 'link', b: 'call' };
      expect(await headersOf({ headers: { a: 'link', b: 'link' } })).toEqual(expected);
      expect(
        await headersOf({ headers: ({ op }) => ({ a: op.path === 'calls.whereAmI' ? 'link' : '' }) }),
      ).toEqual(expected);
      expect(await headersOf({ headers: async () => ({ a: await Promise.resolve('link') }) })).toEqual(
        expected,
      );
    },
  },
  {
    name: 'a header name of the transport is refused, as is a headers function that throws',
    async run({ serve, connect }) {
      await serve();
      const reserved = connect({ headers: { 'trpc-kafka': 'mine' } });
      await expect(reserved.client.calls.echo.query(1)).rejects.toThrow('"trpc-kafka" is reserved');
      const throwing = connect({
        headers: () => {
          throw new Error('no token');
        },
      });
      await expect(throwing.client.calls.echo.query(1)).rejects.toThrow('no token');
      const rejecting = connect({ headers: () => Promise.reject(new Error('no token either')) });
      await expect(rejecting.client.calls.echo.query(1)).rejects.toThrow('no token either');
    },
  },
  {
    name: 'connection parameters are a value or an async function',
    async run({ serve, connect }) {
      await serve();
      const plain = connect({ connectionParams: { tenant: 'a' } });
      expect((await plain.client.calls.whereAmI.query()).connectionParams).toEqual({ tenant: 'a' });
      const asked = connect({ connectionParams: async () => ({ tenant: 'b' }) });
      expect((await asked.client.calls.whereAmI.query()).connectionParams).toEqual({ tenant: 'b' });
    },
  },
  {
    name: 'interceptors on both sides see and change headers, one after another',
    async run({ serve, connect }) {
      const seen: string[] = [];
      await serve({
        interceptors: [
          {
            afterReceive(record) {
              seen.push(`server got ${record.purpose} ${record.calls[0]?.path} ${record.headers['a']}`);
              record.headers['seen'] = 'yes';
            },
            beforeSend: (record) => void seen.push(`server sends ${record.purpose}`),
          },
        ],
      });
      const { client } = connect({
        interceptors: [
          {
            beforeSend(record) {
              record.headers['a'] = '1';
            },
          },
          {
            async beforeSend(record) {
              await Promise.resolve();
              record.headers['a'] += '2';
            },
          },
        ],
      });
      expect((await client.calls.whereAmI.query()).req.headers).toEqual({ a: '12', seen: 'yes' });
      expect(seen).toEqual(['server got call calls.whereAmI 12', 'server sends reply']);
    },
  },
  {
    name: 'an interceptor of the server refuses with a code, and the partition goes on',
    async run({ start }) {
      const { client } = await start({
        serve: {
          interceptors: [
            {
              async afterReceive(record) {
                if (record.headers['token'] !== 'good')
                  throw new TRPCError({ code: 'UNAUTHORIZED', message: 'no token' });
              },
            },
          ],
        },
      });
      const refused = await client.calls.echo
        .query(1, { context: kafkaContext({ key: 'k' }) })
        .catch((error: unknown) => error);
      expect(refused).toMatchObject({
        message: 'no token',
        data: { code: 'UNAUTHORIZED', path: 'calls.echo' },
      });
      const context = kafkaContext({ key: 'k', headers: { token: 'good' } });
      expect(await client.calls.echo.query(1, { context })).toBe(1);
    },
  },
  {
    name: 'an interceptor of the client refuses: nothing is sent',
    async run({ start }) {
      const { client, handler } = await start({
        connect: {
          interceptors: [
            {
              beforeSend() {
                throw new Error('not now');
              },
            },
          ],
        },
      });
      const error: unknown = await client.calls.echo.query(1).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(TRPCClientError);
      expect((error as Error).message).toBe('not now');
      expect(handler.counters().calls).toBe(0);
    },
  },
];
