/** What is too large fails alone. */
import type { TRPCClientError } from '@trpc/client';
import { isKafkaTransportError } from '@trpc-kafka/core';
import { expect } from 'vitest';
import type { ConformanceCase } from '../conformance-case.ts';

export const sizeCases: readonly ConformanceCase[] = [
  {
    name: 'an input over the limit fails alone, and says by how much',
    async run({ start }) {
      const { client } = await start({ connect: { maxMessageBytes: 10_000 } });
      const [large, small] = await Promise.allSettled([
        client.calls.echo.query('x'.repeat(10_000)),
        client.calls.echo.query('x'.repeat(9_000)),
      ]);
      expect(small.status).toBe('fulfilled');
      const { cause, message } = (large as PromiseRejectedResult).reason as TRPCClientError<never>;
      expect(isKafkaTransportError(cause) && cause.code).toBe('PAYLOAD_TOO_LARGE');
      expect(message).toMatch(/the input of query calls\.echo has \d+ bytes, at most 10000 may be sent/);
    },
  },
  {
    name: 'inputs and results just below the default limit pass',
    async run({ start }) {
      const { client } = await start();
      const text = 'x'.repeat(890_000);
      expect(await client.calls.echo.query(text)).toBe(text);
    },
  },
  {
    name: 'a result over the limit is an error of that call',
    async run({ start }) {
      const { client } = await start();
      const [large, small] = await Promise.allSettled([
        client.calls.large.query(1_000_000),
        client.calls.large.query(10),
      ]);
      expect(small).toMatchObject({ value: 'x'.repeat(10) });
      expect((large as PromiseRejectedResult).reason).toMatchObject({ data: { code: 'PAYLOAD_TOO_LARGE' } });
    },
  },
  {
    name: 'a result that brokers refuse for its size, since only the handler takes more, is an error of that call',
    async run({ start }) {
      const { client } = await start({ serve: { maxMessageBytes: 5_000_000 } });
      const [large, small] = await Promise.allSettled([
        client.calls.large.query(1_500_000),
        client.calls.large.query(10),
      ]);
      expect(small).toMatchObject({ value: 'x'.repeat(10) });
      expect((large as PromiseRejectedResult).reason).toMatchObject({
        data: { code: 'PAYLOAD_TOO_LARGE' },
        message: expect.stringContaining('max.message.bytes'),
      });
    },
  },
  {
    name: 'an item that brokers refuse for its size ends its stream and no other',
    async run({ start, log }) {
      const { client } = await start({ serve: { maxMessageBytes: 5_000_000 } });
      const other = client.streams.idle.subscribe(undefined, { onData: () => log.note('item') });
      await log.until('item');
      const error = await new Promise((resolve) =>
        client.streams.large.subscribe(1_500_000, { onError: resolve }),
      );
      expect(error).toMatchObject({ data: { code: 'PAYLOAD_TOO_LARGE' } });
      expect(log.count('finally')).toBe(0);
      other.unsubscribe();
      await log.until('finally');
    },
  },
  {
    name: 'an item over the limit ends its stream and no other',
    async run({ start, log }) {
      const { client } = await start();
      const other = client.streams.idle.subscribe(undefined, { onData: () => log.note('item') });
      await log.until('item');
      const error = await new Promise((resolve) =>
        client.streams.large.subscribe(1_000_000, { onError: resolve }),
      );
      expect(error).toMatchObject({ data: { code: 'PAYLOAD_TOO_LARGE' } });
      expect(log.count('finally')).toBe(0);
      other.unsubscribe();
      await log.until('finally');
    },
  },
];
