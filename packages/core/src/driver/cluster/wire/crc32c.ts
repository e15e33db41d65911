/** CRC-32C (Castagnoli), the checksum of record batches; Node's zlib has only the other CRC-32. Slicing by 8, tables made on first use. */
const polynomial = 0x82f63b78;
/** For a byte that has so many others behind it in its slice: `tables[n][byte]`. */
type Tables = readonly [T, T, T, T, T, T, T, T];
type T = Uint32Array;
let tables: Tables | undefined;

/** The checksum of `bytes` from `start` to `end`. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  tables ??= makeTables();
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables;
  let crc = 0xffffffff;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc =
      t7[crc & 0xff]! ^
      t6[(crc >>> 8) & 0xff]! ^
      t5[(crc >>> 16) & 0xff]! ^
      t4[crc >>> 24]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!;
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 0xff]!;
  return (crc ^ 0xffffffff) >>> 0;
}

function makeTables(): Tables {
  const made = [0, 1, 2, 3, 4, 5, 6, 7].map(() => new Uint32Array(256)) as unknown as Tables;
  for (let n = 0; n < 256; n++) {
    let crc = n;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    made[0][n] = crc >>> 0;
  }
  for (let k = 1; k < made.length; k++) {
    for (let n = 0; n < 256; n++) {
      const previous = made[k - 1]![n]!;
      made[k]![n] = ((previous >>> 8) ^ made[0][previous & 0xff]!) >>> 0;
    }
  }
  return made;
}
