import { expect, it } from 'vitest';
import { assertServed } from './served-versions.js';

const served = Array.from({ length: 80 }, (_, apiKey) => ({ apiKey, minVersion: 0, maxVersion: 20 }));

it('a broker that is too old is refused by what it lacks', () => {
  expect(() => assertServed(served, 'kafka:9092')).not.toThrow();
  const old = served.map((api) => (api.apiKey === 11 ? { ...api, maxVersion: 7 } : api));
  expect(() => assertServed(old, 'kafka:9092')).toThrowError(
    expect.objectContaining({
      code: 'BROKER_ERROR',
      message: expect.stringMatching(
        /kafka:9092 serves JoinGroup in versions 0 to 7.*needs version 9.*kafkajs/,
      ),
    }),
  );
  const without = served.filter(({ apiKey }) => apiKey !== 22);
  expect(() => assertServed(without, 'kafka:9092')).toThrow(/InitProducerId not at all/);
});
