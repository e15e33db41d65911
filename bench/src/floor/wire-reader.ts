/** Reads the primitive types of Kafka's protocol, of the versions before compact ones (KIP-482). Node throws a `RangeError` where the bytes end too early. */
export class WireReader {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
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

  /** As a number: offsets stay far below 2^53. */
  int64(): number {
    return Number(this.bytes.readBigInt64BE(this.advance(8)));
  }

  string(): string {
    const length = Math.max(0, this.int16());
    const at = this.advance(length);
    return this.bytes.toString('utf8', at, at + length);
  }

  /** Bytes behind their length; none where that is negative. A view, no copy. */
  lengthAndBytes(): Buffer {
    const length = Math.max(0, this.int32());
    const at = this.advance(length);
    return this.bytes.subarray(at, at + length);
  }

  array<T>(readItem: (reader: this) => T): T[] {
    const items: T[] = [];
    for (let left = this.int32(); left > 0; left--) items.push(readItem(this));
    return items;
  }

  private advance(count: number): number {
    const at = this.at;
    this.at = at + count;
    return at;
  }
}
