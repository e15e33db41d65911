/**
 * Reads the primitive values of Kafka's wire protocol from one frame.
 *
 * Owns: bounds checks and integer encodings. Must not know: messages, versions, sockets.
 * Every read past the end is a WireError, and no length found in the bytes is believed before it was
 * compared with the bytes that are left: a frame of ten bytes cannot make us allocate a gigabyte.
 */
import { WireError } from './wire-error.js';

const TWO_POW_32 = 0x1_0000_0000;

/** A cursor over one frame. Buffers it returns are views of that frame. */
export class WireReader {
  readonly buffer: Buffer;
  offset: number;

  constructor(buffer: Buffer, offset = 0) {
    this.buffer = buffer;
    this.offset = offset;
  }

  get remaining(): number {
    return this.buffer.length - this.offset;
  }

  int8(): number {
    return this.buffer.readInt8(this.#advance(1));
  }

  int16(): number {
    return this.buffer.readInt16BE(this.#advance(2));
  }

  int32(): number {
    return this.buffer.readInt32BE(this.#advance(4));
  }

  /** Offsets, timestamps and producer ids all stay below 2^53, so a number does; larger values lose their low bits. */
  int64(): number {
    const at = this.#advance(8);
    return this.buffer.readInt32BE(at) * TWO_POW_32 + this.buffer.readUInt32BE(at + 4);
  }

  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buffer[this.#advance(1)]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new WireError(`varint at byte ${this.offset} is longer than 5 bytes`);
  }

  /** Zigzag, as records use it for lengths and offset deltas. */
  varint(): number {
    const raw = this.uvarint();
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
  }

  /** Zigzag of up to ten bytes, as records use it for timestamp deltas. */
  varlong(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.buffer[this.#advance(1)]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n)));
    }
    throw new WireError(`varlong at byte ${this.offset} is longer than 10 bytes`);
  }

  bytes(length: number): Buffer {
    const start = this.#advance(length);
    return this.buffer.subarray(start, start + length);
  }

  text(length: number): string {
    const start = this.#advance(length);
    return this.buffer.toString('utf8', start, start + length);
  }

  /** An element takes a byte at least, so a count above what is left is a lie. */
  count(length: number): number {
    if (length > this.remaining) {
      throw new WireError(
        `array of ${length} elements at byte ${this.offset}, but ${this.remaining} bytes are left`,
      );
    }
    return length;
  }

  #advance(length: number): number {
    const start = this.offset;
    if (length < 0 || start + length > this.buffer.length) {
      throw new WireError(`${length} bytes wanted at byte ${start} of a frame of ${this.buffer.length}`);
    }
    this.offset = start + length;
    return start;
  }
}
