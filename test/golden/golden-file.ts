/** Golden records as files: how they are written, read and compared. */
import { readdirSync, readFileSync } from 'node:fs';
import { isKafkaTransportError } from '@trpc-kafka/core';
import {
  addresseeHeader,
  type CodecTable,
  createCodecTable,
  type DecodedEnvelope,
  formatParts,
  formatSender,
  formatSingleCall,
  jsonOnly,
  readRecord,
  recordHeader,
} from '@trpc-kafka/core/internal';
import { msgpack } from '../support/msgpack.js';
import { foreignInCodec, writtenInCodec } from './codec-records.js';
import { foreignRecords } from './foreign-records.js';
import {
  clientInbox,
  type ForeignRecord,
  type GoldenEnvelope,
  type GoldenExpectation,
  serverInbox,
  type WrittenRecord,
} from './golden-record.js';
import { writtenRecords } from './written-records.js';

/** What a golden file holds. */
export interface GoldenFile {
  readonly about: string;
  readonly topic: string;
  readonly key: string | null;
  /** UTF-8 texts. */
  readonly headers: Readonly<Record<string, string>>;
  /** The value as UTF-8 text, or in base64 where it is none. */
  readonly value: string | { readonly base64: string };
  /** The codec its reader has beside JSON. */
  readonly codec?: string;
  readonly expect: GoldenExpectation;
}

/** The folder of the protocol's current version. */
export const currentFolder: URL = new URL('./v1/', import.meta.url);

/** Every definition as the text of its file, by the file's name. */
export function renderAll(): ReadonlyMap<string, string> {
  const written = [...writtenRecords, ...writtenInCodec].map(fromWritten);
  const files = [...written, ...[...foreignRecords, ...foreignInCodec].map(fromForeign)];
  return new Map(files.map(([name, file]) => [`${name}.json`, `${JSON.stringify(file, undefined, 2)}\n`]));
}

/** The golden files of a folder, by name. */
export function readAll(folder: URL): ReadonlyMap<string, string> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return new Map(names.map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]));
}

/** Reads the record of a file with today's decoder, by a reader who has its codec unless others are given. */
export function decode(file: GoldenFile, codecs: CodecTable = tableOf(file)): GoldenExpectation {
  const headers = Object.fromEntries(
    Object.entries(file.headers).map(([name, text]) => [name, Buffer.from(text)]),
  );
  const value =
    typeof file.value === 'string' ? Buffer.from(file.value) : Buffer.from(file.value.base64, 'base64');
  try {
    const { envelopes, ...record } = readRecord({ headers, value }, codecs);
    const expectation: GoldenExpectation = { ...record, envelopes: envelopes.map(withoutReason) };
    return plain(expectation);
  } catch (error) {
    if (isKafkaTransportError(error)) return { refused: error.code };
    throw error;
  }
}

const withMsgpack = createCodecTable([msgpack], 'codecs');

function tableOf({ codec }: Pick<GoldenFile, 'codec'>): CodecTable {
  return codec === undefined ? jsonOnly : withMsgpack;
}

function withoutReason(envelope: DecodedEnvelope): GoldenEnvelope {
  if (envelope.ok) return envelope;
  const { id, call, unknownKind } = envelope;
  return { ok: false, call, unknownKind, ...(id === undefined ? {} : { id }) };
}

/** As JSON has it: what is undefined is absent, dates are texts, bytes are in base64. */
function plain<T>(value: T): T {
  const text = JSON.stringify(value, (_, field: unknown) =>
    field instanceof Uint8Array ? { base64: Buffer.from(field).toString('base64') } : field,
  );
  return JSON.parse(text) as T;
}

function fromWritten(record: WrittenRecord): [string, GoldenFile] {
  const inbox = record.by === 'client' ? clientInbox : serverInbox;
  const codec = tableOf(record).get(record.codec ?? 'json')!;
  const { value, parts } = codec.join(record.messages.map((message) => codec.encode(message)));
  const sender = formatParts(formatSender(inbox.inboxId, inbox, codec.name), parts);
  const [only] = record.messages;
  const header = record.single !== undefined && only?.id !== undefined ? formatSingleCall(sender, only) : sender;
  const facts = { version: 1, codec: codec.name, from: inbox.inboxId, replyTo: inbox, ...record.single };
  const file: GoldenFile = {
    about: record.about,
    topic: record.topic,
    key: record.key ?? null,
    headers: {
      ...record.headers,
      [recordHeader]: header,
      ...(record.to === undefined ? {} : { [addresseeHeader]: record.to }),
    },
    value: toText(value),
    ...(record.codec === undefined ? {} : { codec: record.codec }),
    expect: plain({
      facts: parts === undefined ? facts : { ...facts, parts },
      ...(record.to === undefined ? {} : { to: record.to }),
      envelopes: record.messages.map((message): GoldenEnvelope => ({ ok: true, message })),
    }),
  };
  return [record.name, file];
}

function fromForeign(record: ForeignRecord): [string, GoldenFile] {
  const { name, about, topic, key = null, headers, value, codec, expect } = record;
  const file = { about, topic, key, headers, value: toText(value) };
  return [name, { ...file, ...(codec === undefined ? {} : { codec }), expect }];
}

function toText(value: string | Uint8Array): GoldenFile['value'] {
  return typeof value === 'string' ? value : { base64: Buffer.from(value).toString('base64') };
}
