/** Which partition a key belongs to: murmur2, as Kafka's Java producers hash, so that every producer of a topic agrees. */

const seed = 0x9747b28c;
const m = 0x5bd1e995;
const utf8 = new TextEncoder();

/** The partition of a key in a topic of so many partitions. */
export function partitionForKey(key: string | Uint8Array, partitions: number): number {
  const bytes = typeof key === 'string' ? utf8.encode(key) : key;
  return (murmur2(bytes) & 0x7fffffff) % partitions;
}

/** Kafka's murmur2 (org.apache.kafka.common.utils.Utils), as a signed 32-bit number. */
export function murmur2(data: Uint8Array): number {
  const { length } = data;
  let h = seed ^ length;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    let k = data[i]! | (data[i + 1]! << 8) | (data[i + 2]! << 16) | (data[i + 3]! << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    h = Math.imul(h, m) ^ Math.imul(k, m);
  }
  h = mixTail(h, data.subarray(i));
  h ^= h >>> 13;
  h = Math.imul(h, m);
  return h ^ (h >>> 15);
}

function mixTail(hash: number, tail: Uint8Array): number {
  if (tail.length === 0) return hash;
  let h = hash;
  for (let i = tail.length - 1; i >= 0; i--) h ^= tail[i]! << (8 * i);
  return Math.imul(h, m);
}
