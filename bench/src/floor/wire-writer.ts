/** Writes the primitive types of Kafka's protocol, of the versions before compact ones (KIP-482). For requests that are made once, or once a fetch: it grows as it goes. */
export class WireWriter {
  private bytes = Buffer.allocUnsafe(256);
  private length = 0;

  int8(value: number): this {
    const at = this.reserve(1);
    this.bytes.writeInt8(value, at);
    return this;
  }

  int16(value: number): this {
    const at = this.reserve(2);
    this.bytes.writeInt16BE(value, at);
    return this;
  }

  int32(value: number): this {
    const at = this.reserve(4);
    this.bytes.writeInt32BE(value, at);
    return this;
  }

  int64(value: number): this {
    const at = this.reserve(8);
    this.bytes.writeBigInt64BE(BigInt(value), at);
    return this;
  }

  string(value: string | null): this {
    if (value === null) return this.int16(-1);
    const length = Buffer.byteLength(value);
    this.int16(length);
    const at = this.reserve(length);
    this.bytes.write(value, at, length, 'utf8');
    return this;
  }

  /** What was written so far; the writer is not to be used any more. */
  finish(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  private reserve(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.length, 2 * this.bytes.length));
      this.bytes.copy(larger, 0, 0, at);
      this.bytes = larger;
    }
    return at;
  }
}
