import { expect, test } from 'vitest';
import { murmur2, partitionForKey } from './key-partition.js';

// Apache Kafka, clients/src/test/java/org/apache/kafka/common/utils/UtilsTest.java, testMurmur2.
const javaVectors: readonly [string, number][] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
];

test.each(javaVectors)('murmur2 of "%s" is what Kafka computes in Java', (key, hash) => {
  expect(murmur2(new TextEncoder().encode(key))).toBe(hash);
});

test('a negative hash is made positive as Java producers do it, by masking its sign', () => {
  // Utils.toPositive(-973932308) % 12
  expect(partitionForKey('21', 12)).toBe((-973932308 & 0x7fffffff) % 12);
});

test('a text and its UTF-8 bytes belong to the same partition', () => {
  for (const key of ['', 'LH', 'Köln', '東京', '✈️', 'x'.repeat(1000)]) {
    expect(partitionForKey(Buffer.from(key), 12)).toBe(partitionForKey(key, 12));
  }
});

test('hashes of every tail length differ from each other, so no byte of a key is left out', () => {
  const bytes = Uint8Array.from({ length: 16 }, (_, index) => 0xf0 + index);
  const hashes = new Set(Array.from({ length: 17 }, (_, length) => murmur2(bytes.subarray(0, length))));
  expect(hashes.size).toBe(17);
});
