/** Reads the primitive types of Kafka's protocol from a buffer. Throws `RangeError` where the buffer ends too early. */
export class WireReader {
  readonly bytes: Buffer;
  position: number;
  readonly end: number;

  constructor(bytes: Buffer, position = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  int8(): number {
    return this.bytes.readInt8(this.advance(1));
  }

  int16(): number {
    return this.bytes.readInt16BE(this.advance(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.advance(4));
  }

  /** As a number: offsets and times stay far below 2^53. */
  int64(): number {
    const at = this.advance(8);
    return this.bytes.readInt32BE(at) * 4_294_967_296 + this.bytes.readUInt32BE(at + 4);
  }

  string(): string {
    const length = this.int16();
    const at = this.advance(Math.max(0, length));
    return this.bytes.toString('utf8', at, this.position);
  }

  /** Zigzag-encoded, up to 64 bits, as far as a number holds them. */
  varint(): number {
    let factor = 1;
    let value = 0;
    for (let i = 0; i < 10; i++) {
      const byte = this.bytes[this.advance(1)]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      factor *= 128;
    }
    throw new RangeError('a varint has more than ten bytes');
  }

  /** Bytes after a varint with their length, `null` when that is negative. A view, no copy. */
  varintBytes(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const at = this.advance(length);
    return this.bytes.subarray(at, at + length);
  }

  /** Moves on and returns where it was. */
  advance(count: number): number {
    const at = this.position;
    if (count < 0 || at + count > this.end) throw new RangeError('the bytes end too early');
    this.position = at + count;
    return at;
  }
}
