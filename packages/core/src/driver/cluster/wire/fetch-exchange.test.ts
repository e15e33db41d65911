import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { createFetchExchange } from './fetch-exchange.js';

type MakeRequest = (request: object) => { encode(): Promise<{ readonly buffer: Buffer }> };
const requestOfKafkajs = createRequire(import.meta.url)(
  'kafkajs/src/protocol/requests/fetch/v11/request',
) as MakeRequest;

it('a fetch has the bytes that kafkajs gives it', async () => {
  const request = {
    maxWaitTime: 300,
    minBytes: 1,
    maxBytes: 10_485_760,
    isolationLevel: 1,
    topics: [
      {
        topic: 'überall',
        partitions: [
          { partition: 0, fetchOffset: '0', maxBytes: 1000 },
          { partition: 7, fetchOffset: String(2 ** 40 + 5), maxBytes: 2000 },
        ],
      },
      { topic: 'x'.repeat(249), partitions: [{ partition: 3, fetchOffset: '1', maxBytes: 1 }] },
    ],
  };
  const reading = { findCodec: () => expect.unreachable(), onSkipped: () => {} };
  const exchange = createFetchExchange(request, { timeoutMs: 1000, reading });
  const theirs = await requestOfKafkajs({ replicaId: -1, ...request }).encode();
  expect((await exchange.encode()).toString('hex')).toBe(theirs.buffer.toString('hex'));
});
