import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RawFetchRequest } from '../broker-requests.js';
import { encodeFetchRequest } from './fetch-request.js';

type EncodeByKafkajs = (request: RawFetchRequest & { replicaId: number }) => {
  encode(): Promise<{ buffer: Buffer }>;
};
const encodeByKafkajs = createRequire(import.meta.url)(
  'kafkajs/src/protocol/requests/fetch/v11/request',
) as EncodeByKafkajs;

const int32 = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const partitions = fc.array(
  fc.record({ partition: int32, fetchOffset: fc.maxSafeNat().map(String), maxBytes: int32 }),
  { maxLength: 5 },
);
const requests: fc.Arbitrary<RawFetchRequest> = fc.record({
  maxWaitTime: int32,
  minBytes: int32,
  maxBytes: int32,
  isolationLevel: fc.constantFrom(0, 1),
  rackId: fc.string(),
  topics: fc.array(fc.record({ topic: fc.string({ unit: 'binary', maxLength: 100 }), partitions }), {
    maxLength: 4,
  }),
});

function rotate<T>(values: readonly T[], by: number): T[] {
  return values.map((_, index) => values[(index + by) % values.length]!);
}

it('has the bytes that kafkajs would send', async () => {
  await fc.assert(
    fc.asyncProperty(requests, fc.nat(20), async (request, turn) => {
      const topics = rotate(request.topics, turn).map((each) => ({
        ...each,
        partitions: rotate(each.partitions, turn),
      }));
      const expected = await encodeByKafkajs({ ...request, topics, replicaId: -1 }).encode();
      expect(encodeFetchRequest(request, turn)).toEqual(expected.buffer);
    }),
  );
});
