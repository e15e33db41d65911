/** CRC-32C (Castagnoli), the checksum of record batches; Node's zlib has only the other CRC-32. Slicing by 4, tables made on first use. */
const polynomial = 0x82f63b78;
let tables: readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array] | undefined;

/** The checksum of `bytes` from `start` to `end`. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  tables ??= makeTables();
  const [t0, t1, t2, t3] = tables;
  let crc = 0xffffffff;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc = t3[crc & 0xff]! ^ t2[(crc >>> 8) & 0xff]! ^ t1[(crc >>> 16) & 0xff]! ^ t0[crc >>> 24]!;
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 0xff]!;
  return (crc ^ 0xffffffff) >>> 0;
}

function makeTables(): readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array] {
  const made = [0, 1, 2, 3].map(() => new Uint32Array(256)) as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  for (let n = 0; n < 256; n++) {
    let crc = n;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    made[0][n] = crc >>> 0;
  }
  for (let k = 1; k < 4; k++) {
    for (let n = 0; n < 256; n++) {
      const previous = made[k - 1]![n]!;
      made[k]![n] = ((previous >>> 8) ^ made[0][previous & 0xff]!) >>> 0;
    }
  }
  return made;
}
