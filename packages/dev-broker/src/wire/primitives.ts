/**
 * The primitive field types of Kafka's protocol guide, as WireTypes.
 *
 * Owns: their two encodings (classic and flexible). Must not know: messages.
 */
import { WireError } from './wire-error.js';
import type { WireReader } from './wire-reader.js';
import { type Codec, type WireType, type WireVersion, wireType } from './wire-type.js';
import type { WireWriter } from './wire-writer.js';

/** The topic id that names no topic. */
export const ZERO_UUID: string = Buffer.alloc(16).toString('base64url');

function fixed<T>(initial: T, codec: Codec<T>): WireType<T> {
  return wireType(initial, () => codec);
}

export const int8: WireType<number> = fixed(0, { read: (r) => r.int8(), write: (w, v) => w.int8(v) });
export const int16: WireType<number> = fixed(0, { read: (r) => r.int16(), write: (w, v) => w.int16(v) });
export const int32: WireType<number> = fixed(0, { read: (r) => r.int32(), write: (w, v) => w.int32(v) });
export const int64: WireType<number> = fixed(0, { read: (r) => r.int64(), write: (w, v) => w.int64(v) });
export const boolean: WireType<boolean> = fixed(false, {
  read: (r) => r.int8() !== 0,
  write: (w, v) => w.int8(v ? 1 : 0),
});

/** Spelled in base64url, as Kafka's own tools print topic ids. */
export const uuid: WireType<string> = fixed(ZERO_UUID, {
  read: (r) => r.bytes(16).toString('base64url'),
  write: (w, v) => w.bytes(Buffer.from(v, 'base64url')),
});

/** -1 stands for null in both encodings. */
interface LengthCodec {
  readonly read: (reader: WireReader) => number;
  readonly write: (writer: WireWriter, length: number) => void;
}

const compactLength: LengthCodec = { read: (r) => r.uvarint() - 1, write: (w, n) => w.uvarint(n + 1) };
const shortLength: LengthCodec = { read: (r) => r.int16(), write: (w, n) => w.int16(n) };
const intLength: LengthCodec = { read: (r) => r.int32(), write: (w, n) => w.int32(n) };

function lengthFor(at: WireVersion, classic: LengthCodec): LengthCodec {
  return at.flexible ? compactLength : classic;
}

function present<T>(value: T | null, what: string): T {
  if (value === null) throw new WireError(`null where ${what} is required`);
  return value;
}

export const nullableString: WireType<string | null> = wireType<string | null>(null, (at) => {
  const length = lengthFor(at, shortLength);
  return {
    read: (reader) => {
      const bytes = length.read(reader);
      return bytes < 0 ? null : reader.text(bytes);
    },
    write: (writer, value) => {
      if (value === null) return length.write(writer, -1);
      const bytes = Buffer.byteLength(value);
      length.write(writer, bytes);
      writer.text(value, bytes);
    },
  };
});

export const string: WireType<string> = wireType('', (at) => {
  const inner = nullableString.codec(at);
  return { read: (reader) => present(inner.read(reader), 'a string'), write: inner.write };
});

export const nullableBytes: WireType<Buffer | null> = wireType<Buffer | null>(null, (at) => {
  const length = lengthFor(at, intLength);
  return {
    read: (reader) => {
      const bytes = length.read(reader);
      return bytes < 0 ? null : reader.bytes(bytes);
    },
    write: (writer, value) => {
      length.write(writer, value === null ? -1 : value.length);
      if (value !== null) writer.bytes(value);
    },
  };
});

export const bytes: WireType<Buffer> = wireType<Buffer>(Buffer.alloc(0), (at) => {
  const inner = nullableBytes.codec(at);
  return { read: (reader) => present(inner.read(reader), 'bytes'), write: inner.write };
});

/** Record batches: one run of bytes when read, a list of stored batches when written. */
export const records: WireType<Buffer | null, readonly Buffer[]> = wireType<Buffer | null, readonly Buffer[]>(
  null,
  (at) => {
    const length = lengthFor(at, intLength);
    return {
      read: nullableBytes.codec(at).read,
      write: (writer, batches) => {
        let total = 0;
        for (const batch of batches) total += batch.length;
        length.write(writer, total);
        for (const batch of batches) writer.bytes(batch);
      },
    };
  },
);

export function nullableArray<Out, In>(
  element: WireType<Out, In>,
): WireType<readonly Out[] | null, readonly In[] | null> {
  return wireType<readonly Out[] | null, readonly In[] | null>(null, (at) => {
    const length = lengthFor(at, intLength);
    const item = element.codec(at);
    return {
      read: (reader) => {
        const count = reader.count(length.read(reader));
        if (count < 0) return null;
        const out: Out[] = [];
        for (let i = 0; i < count; i++) out.push(item.read(reader));
        return out;
      },
      write: (writer, values) => {
        length.write(writer, values === null ? -1 : values.length);
        if (values !== null) for (const value of values) item.write(writer, value);
      },
    };
  });
}

export function array<Out, In>(element: WireType<Out, In>): WireType<readonly Out[], readonly In[]> {
  const nullable = nullableArray(element);
  return wireType<readonly Out[], readonly In[]>([], (at) => {
    const inner = nullable.codec(at);
    return { read: (reader) => present(inner.read(reader), 'an array'), write: inner.write };
  });
}
