/** The limits to the byte, on both sides of them. */
import { TRPCClientError } from '@trpc/client';
import { isKafkaTransportError } from '@trpc-kafka/core';
import { kafkaContext } from '@trpc-kafka/link';
import { expect } from 'vitest';
import type { ConformanceCase } from '../conformance-case.ts';

const maxMessageBytes = 20_000;
// The time that is left is told to the server: a time of four digits that stays one keeps records of one size.
const connect = { maxMessageBytes, timeoutMs: 9000 };

/** The size that the refusal names; `undefined` when the call was not refused for its size. */
async function refusedSize(call: Promise<unknown>): Promise<number | undefined> {
  const error: unknown = await call.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (error === undefined) return undefined;
  const cause = error instanceof TRPCClientError ? error.cause : error;
  if (!isKafkaTransportError(cause) || cause.code !== 'PAYLOAD_TOO_LARGE') throw error;
  const size = /has (\d+) bytes, at most 20000 may be sent/.exec(cause.message)?.[1];
  expect(size).toBeDefined();
  return Number(size);
}

export const limitCases: readonly ConformanceCase[] = [
  {
    name: 'an input of exactly the limit passes, one byte more does not',
    async run({ start }) {
      const { client } = await start({ connect });
      const overhead =
        (await refusedSize(client.calls.echo.query('x'.repeat(maxMessageBytes))))! - maxMessageBytes;
      const fits = 'x'.repeat(maxMessageBytes - overhead);
      expect(await client.calls.echo.query(fits)).toBe(fits);
      expect(await refusedSize(client.calls.echo.query(`${fits}x`))).toBe(maxMessageBytes + 1);
    },
  },
  {
    name: 'what counts is bytes, not characters, and headers count as well',
    async run({ start }) {
      const { client } = await start({ connect });
      const [narrow, wide, headed] = await Promise.all([
        refusedSize(client.calls.echo.query('x'.repeat(maxMessageBytes))),
        refusedSize(client.calls.echo.query('€'.repeat(maxMessageBytes))),
        refusedSize(
          client.calls.echo.query('x'.repeat(maxMessageBytes), {
            context: kafkaContext({ headers: { h: 'y'.repeat(1000) } }),
          }),
        ),
      ]);
      expect(wide! - narrow!).toBe(2 * maxMessageBytes);
      expect(headed! - narrow!).toBeGreaterThanOrEqual(1001);
    },
  },
  {
    name: 'one-way calls and subscriptions have the same limit',
    async run({ start, log }) {
      const { client, emitter, kafkaClient } = await start({ connect });
      const large = 'x'.repeat(maxMessageBytes);
      expect(await refusedSize(emitter.calls.noted(large))).toBeGreaterThan(maxMessageBytes);
      const refused = new Promise((_resolve, reject) => {
        client.streams.tracked.subscribe({ lastEventId: large }, { onError: reject });
      });
      expect(await refusedSize(refused)).toBeGreaterThan(maxMessageBytes);
      await emitter.calls.noted('small');
      await log.until('small');
      // Never sent, so there is nothing to cancel.
      expect(kafkaClient.counters().cancels).toBe(0);
    },
  },
  {
    name: 'what only the brokers find too large fails alone, with the same code',
    async run({ start }) {
      const { client, emitter } = await start({ connect: { maxMessageBytes: 5_000_000 } });
      const large = 'x'.repeat(1_500_000);
      const small = Array.from({ length: 5 }, (_, n) => client.calls.echo.query(n));
      const refused = client.calls.echo.query(large).catch((error: unknown) => error);
      const behind = Array.from({ length: 5 }, (_, n) => client.calls.echo.query(n));
      expect(await Promise.all([...small, ...behind])).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
      expect(await refused).toMatchObject({ cause: { code: 'PAYLOAD_TOO_LARGE', retryable: false } });
      await expect(emitter.calls.noted(large)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    },
  },
];
