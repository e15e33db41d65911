/** Zigzag-encoded integers of 32 bits, as they stand in records. */

/** How many bytes a value takes. */
export function varintBytes(value: number): number {
  let rest = zigzag(value);
  let count = 1;
  while (rest >= 0x80) {
    count++;
    rest >>>= 7;
  }
  return count;
}

/** Writes a value and returns where the next one begins. */
export function writeVarint(bytes: Buffer, value: number, start: number): number {
  let rest = zigzag(value);
  let at = start;
  while (rest >= 0x80) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

/** Reads values one after another: a number has no room for where the next one begins. */
export class VarintCursor {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  next(): number {
    let byte = this.bytes[this.at++]!;
    let value = byte & 0x7f;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      byte = this.bytes[this.at++]!;
      value |= (byte & 0x7f) << shift;
    }
    return (value >>> 1) ^ -(value & 1);
  }
}
