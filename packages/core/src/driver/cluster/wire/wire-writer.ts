/** Writes the primitive types of Kafka's protocol into a buffer that grows. */
export class WireWriter {
  private bytes: Buffer;
  private position = 0;

  constructor(expectedBytes = 256) {
    this.bytes = Buffer.allocUnsafe(expectedBytes);
  }

  /** What was written. */
  finish(): Buffer {
    return this.bytes.subarray(0, this.position);
  }

  int8(value: number): this {
    const at = this.advance(1);
    this.bytes.writeInt8(value, at);
    return this;
  }

  int16(value: number): this {
    const at = this.advance(2);
    this.bytes.writeInt16BE(value, at);
    return this;
  }

  int32(value: number): this {
    const at = this.advance(4);
    this.bytes.writeInt32BE(value, at);
    return this;
  }

  /** Negative numbers and those below 2^53. */
  int64(value: number): this {
    const at = this.advance(8);
    const high = Math.floor(value / 4_294_967_296);
    this.bytes.writeInt32BE(high, at);
    this.bytes.writeUInt32BE(value - high * 4_294_967_296, at + 4);
    return this;
  }

  /** After its length in two bytes. */
  string(value: string): this {
    const length = Buffer.byteLength(value);
    this.int16(length);
    const at = this.advance(length);
    this.bytes.write(value, at, length, 'utf8');
    return this;
  }

  /** After their length in four bytes. */
  bytes32(value: Buffer): this {
    this.int32(value.length);
    const at = this.advance(value.length);
    this.bytes.set(value, at);
    return this;
  }

  /** After their number in four bytes. */
  array<T>(values: readonly T[], write: (value: T) => void): this {
    this.int32(values.length);
    for (const value of values) write(value);
    return this;
  }

  /** Makes room, perhaps in another buffer: who writes takes `bytes` afterwards. */
  private advance(count: number): number {
    const at = this.position;
    this.position = at + count;
    if (this.position > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.position, this.bytes.length * 2));
      this.bytes.copy(larger, 0, 0, at);
      this.bytes = larger;
    }
    return at;
  }
}
