/** Codecs of both kinds there are: those that write bytes, and those that write texts. */
import { Encoder } from 'cbor-x';
import { Packr } from 'msgpackr';
import { createCodecTable } from '../../src/protocol/codec-table.js';
import type { EnvelopeCodec } from '../../src/protocol/envelope-codec.js';
import type { RecordCodec } from '../../src/protocol/record-codec.js';

const packr = new Packr({ useRecords: false });
const cborX = new Encoder({ useRecords: false });

/** As docs/client-and-handler.md has it. */
export const msgpack: RecordCodec = {
  name: 'msgpack',
  encode: (value) => packr.encode(value),
  decode: (bytes) => packr.decode(bytes as Uint8Array),
};

export const cbor: RecordCodec = {
  name: 'cbor',
  encode: (value) => cborX.encode(value),
  decode: (bytes) => cborX.decode(bytes as Uint8Array),
};

/** Texts: a codec that is handed bytes here fails. */
export const marked: RecordCodec = {
  name: 'marked-json',
  encode: (value) => `~${JSON.stringify(value)}`,
  decode: (data) => JSON.parse((data as string).replace(/^~/, '')),
};

/** A codec as both sides use it. */
export function inUse(codec: RecordCodec): EnvelopeCodec {
  return createCodecTable([codec], 'codecs').get(codec.name)!;
}
