/** The codecs one side reads, by the names that stand in record headers. JSON is always among them. */
import { KafkaTransportError } from '../errors/transport-error.js';
import { createEnvelopeCodec, type EnvelopeCodec, jsonEnvelopes } from './envelope-codec.js';
import { isBytes } from './fields.js';
import type { RecordCodec } from './record-codec.js';
import { isCodecName } from './record-facts.js';

/** Codecs by their names. */
export type CodecTable = ReadonlyMap<string, EnvelopeCodec>;

/** What is read when nothing else is said. */
export const jsonOnly: CodecTable = new Map([[jsonEnvelopes.name, jsonEnvelopes]]);

/**
 * Makes the table of JSON and some more.
 * @param option Where the user gave them: `codecs`.
 * @throws KafkaTransportError `INVALID_OPTION` for a name that cannot stand in a header or stands there twice, and for a
 * codec that does not give back what it was given.
 */
export function createCodecTable(codecs: readonly RecordCodec[], option: string): CodecTable {
  if (codecs.length === 0) return jsonOnly;
  const table = new Map(jsonOnly);
  for (const codec of codecs) {
    const { name } = codec;
    if (typeof name !== 'string' || !isCodecName(name)) {
      throw invalid(option, 'a codec needs a name, 1 to 64 of a-z, 0-9, ".", "+" and "-"');
    }
    if (name === jsonEnvelopes.name) throw invalid(option, 'json is built in; give the codec another name');
    if (table.has(name)) throw invalid(option, `two codecs are named ${name}`);
    table.set(name, createEnvelopeCodec(codec, tryOut(codec, option)));
  }
  return table;
}

/** Which of text and bytes it writes, and that it reads them: what is wrong with a codec must not show first in a call. */
function tryOut(codec: RecordCodec, option: string): 'text' | 'bytes' {
  let encoded: unknown;
  let decoded: unknown;
  try {
    encoded = codec.encode({ id: 0 });
    if (typeof encoded === 'string' || isBytes(encoded)) decoded = codec.decode(encoded);
  } catch (cause) {
    throw invalid(option, `${codec.name} cannot write and read { id: 0 }`, cause);
  }
  if (decoded === undefined)
    throw invalid(option, `${codec.name} does not write text or bytes that it can read`);
  if ((decoded as { id?: unknown } | null)?.id !== 0) {
    throw invalid(option, `${codec.name} makes something else of { id: 0 } when it reads what it wrote`);
  }
  return typeof encoded === 'string' ? 'text' : 'bytes';
}

function invalid(option: string, what: string, cause?: unknown): KafkaTransportError {
  return new KafkaTransportError({ code: 'INVALID_OPTION', message: `${option}: ${what}`, cause });
}
