/** What goes wrong in procedures, and how callers and `onError` hear of it. */
import { TRPCClientError } from '@trpc/client';
import { expect } from 'vitest';
import type { ConformanceCase } from '../conformance-case.ts';
import type { TestRouter } from '../test-router.ts';

async function errorOf(call: Promise<unknown>): Promise<TRPCClientError<TestRouter>> {
  const error = await call.then(
    (value) => new Error(`answered with ${JSON.stringify(value)}`),
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(TRPCClientError);
  return error as TRPCClientError<TestRouter>;
}

export const errorCases: readonly ConformanceCase[] = [
  {
    name: 'a TRPCError arrives with its code, its path and its place in Kafka',
    async run({ start, service }) {
      const { client } = await start();
      const error = await errorOf(client.calls.fail.query('NOT_FOUND'));
      expect(error.message).toBe('failed with NOT_FOUND');
      expect(error.data).toMatchObject({ code: 'NOT_FOUND', httpStatus: 404, path: 'calls.fail' });
      expect(error.meta).toMatchObject({
        kafka: { topic: `${service.name}.replies`, offset: expect.any(Number) },
      });
    },
  },
  {
    name: 'an input that does not validate is BAD_REQUEST, through errorFormatter',
    async run({ start }) {
      const { client } = await start();
      const error = await errorOf(client.calls.checked.query({ n: 'one' as never }));
      expect(error.data).toMatchObject({ code: 'BAD_REQUEST', issues: 1 });
    },
  },
  {
    name: 'paths that do not exist, and those of every object, are NOT_FOUND',
    async run({ start }) {
      const { client } = await start();
      const untyped = client as never as Record<string, Record<string, { query(): Promise<unknown> }>>;
      for (const path of ['nowhere', 'toString', '__proto__', 'constructor', 'hasOwnProperty']) {
        expect((await errorOf(untyped['calls']![path]!.query())).data).toMatchObject({ code: 'NOT_FOUND' });
      }
    },
  },
  {
    name: 'a procedure called as another kind is an error',
    async run({ start }) {
      const { client } = await start();
      const untyped = client as never as { calls: { echo: { mutate(): Promise<unknown> } } };
      expect((await errorOf(untyped.calls.echo.mutate())).data?.code).toMatch(
        /NOT_FOUND|METHOD_NOT_SUPPORTED/,
      );
    },
  },
  {
    name: 'whatever is thrown becomes INTERNAL_SERVER_ERROR',
    async run({ start }) {
      const { client } = await start();
      for (const thrown of ['text', undefined, null, 7, { code: 'x' }]) {
        expect((await errorOf(client.calls.throwValue.query(thrown))).data?.code).toBe(
          'INTERNAL_SERVER_ERROR',
        );
      }
    },
  },
  {
    name: 'an output that does not validate, or cannot be serialized, is an error of that call',
    async run({ start }) {
      const { client } = await start();
      expect((await errorOf(client.calls.wrongOutput.query())).message).toBe('Output validation failed');
      expect((await errorOf(client.calls.unserializable.query())).data?.code).toBe('INTERNAL_SERVER_ERROR');
      expect(await client.calls.echo.query('after')).toBe('after');
    },
  },
  {
    name: 'an errorFormatter that throws leaves a general error that says nothing',
    async run({ start }) {
      const { client } = await start();
      const error = await errorOf(client.calls.failWith.query('break the formatter'));
      expect([error.message, error.data?.code]).toEqual(['Internal server error', 'INTERNAL_SERVER_ERROR']);
      expect(await client.calls.echo.query('after')).toBe('after');
    },
  },
  {
    name: 'onError is told once, with the call and its record; when it fails itself nothing else does',
    async run({ start, service }) {
      const told: unknown[] = [];
      const { client } = await start({
        serve: {
          onError({ error, path, type, input, req }) {
            told.push([error.code, path, type, input, req?.topic]);
            if (told.length === 1) throw new Error('onError throws');
            return Promise.reject(new Error('onError rejects')) as never;
          },
        },
      });
      await errorOf(client.calls.fail.query('CONFLICT'));
      await errorOf(client.calls.fail.query('FORBIDDEN'));
      const topic = service.topics.requests.topic;
      expect(told).toEqual([
        ['CONFLICT', 'calls.fail', 'query', 'CONFLICT', topic],
        ['FORBIDDEN', 'calls.fail', 'query', 'FORBIDDEN', topic],
      ]);
      expect(await client.calls.echo.query('after')).toBe('after');
    },
  },
  {
    name: 'createContext that rejects is the error of its call, reported once',
    async run({ start }) {
      const told: string[] = [];
      const { client } = await start({
        serve: {
          onError: ({ path }) => void told.push(path ?? ''),
          createContext({ req }) {
            if (req.headers['x-reject'] !== undefined) throw new Error('no context for you');
          },
        },
        connect: { headers: ({ op }) => (op.path === 'calls.change' ? { 'x-reject': '1' } : {}) },
      });
      const error = await errorOf(client.calls.change.mutate(1));
      expect([error.message, error.data?.path]).toEqual(['no context for you', 'calls.change']);
      expect(told).toEqual(['calls.change']);
      expect(await client.calls.echo.query(1)).toBe(1);
    },
  },
];
