/**
 * Writes the primitive values of Kafka's wire protocol.
 *
 * Owns: growing the buffer, integer encodings, and carrying large record batches by reference.
 * Must not know: messages, versions, sockets. The result is a list of chunks meant for one writev.
 */
const TWO_POW_32 = 0x1_0000_0000;
/** Below this a copy is cheaper than one more chunk in the writev. */
const REFERENCE_FROM_BYTES = 4096;

/** Collects bytes; `finish` hands them out. */
export class WireWriter {
  #buffer: Buffer;
  #start = 0;
  #offset = 0;
  #chunks: Buffer[] = [];
  #chunkBytes = 0;

  constructor(initialBytes = 256) {
    this.#buffer = Buffer.allocUnsafe(initialBytes);
  }

  int8(value: number): void {
    const at = this.#reserve(1);
    this.#offset = this.#buffer.writeInt8(value, at);
  }

  int16(value: number): void {
    const at = this.#reserve(2);
    this.#offset = this.#buffer.writeInt16BE(value, at);
  }

  int32(value: number): void {
    const at = this.#reserve(4);
    this.#offset = this.#buffer.writeInt32BE(value, at);
  }

  int64(value: number): void {
    const at = this.#reserve(8);
    const high = Math.floor(value / TWO_POW_32);
    this.#buffer.writeInt32BE(high, at);
    this.#offset = this.#buffer.writeUInt32BE(value - high * TWO_POW_32, at + 4);
  }

  uvarint(value: number): void {
    this.#reserve(5);
    let rest = value;
    while (rest > 0x7f) {
      this.#buffer[this.#offset++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#offset++] = rest;
  }

  bytes(value: Uint8Array): void {
    if (value.length >= REFERENCE_FROM_BYTES) {
      this.#refer(value);
      return;
    }
    const at = this.#reserve(value.length);
    this.#buffer.set(value, at);
    this.#offset = at + value.length;
  }

  text(value: string, byteLength: number): void {
    const at = this.#reserve(byteLength);
    this.#offset = at + this.#buffer.write(value, at, 'utf8');
  }

  get length(): number {
    return this.#chunkBytes + this.#offset - this.#start;
  }

  /** All that was written, in order. The writer must not be used afterwards. */
  finish(): Buffer[] {
    if (this.#offset > this.#start) this.#chunks.push(this.#buffer.subarray(this.#start, this.#offset));
    return this.#chunks;
  }

  #refer(value: Uint8Array): void {
    const chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    if (this.#offset > this.#start) this.#chunks.push(this.#buffer.subarray(this.#start, this.#offset));
    this.#chunkBytes += this.#offset - this.#start + chunk.length;
    this.#chunks.push(chunk);
    this.#start = this.#offset;
  }

  /** Makes room and tells where; may replace the buffer, so it must come before any use of it. */
  #reserve(length: number): number {
    const needed = this.#offset + length;
    if (needed > this.#buffer.length) {
      // What earlier chunks refer to stays in the old buffer; only the open tail moves.
      const tail = this.#buffer.subarray(this.#start, this.#offset);
      const grown = Buffer.allocUnsafe(Math.max((tail.length + length) * 2, 256));
      grown.set(tail);
      this.#buffer = grown;
      this.#offset = tail.length;
      this.#start = 0;
    }
    return this.#offset;
  }
}
