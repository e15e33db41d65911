/** What the fuzzer begins with, records that are right, and what it makes of them: nothing that names a live call. */
import type { IncomingRecord } from '@trpc-kafka/core';
import {
  addresseeHeader,
  createCodecTable,
  type InboxAddress,
  readRecord,
  recordHeader,
  senderOf,
} from '@trpc-kafka/core/internal';
import { currentFolder, type GoldenFile, readAll } from '../../golden/golden-file.ts';
import { clientInbox, serverInbox } from '../../golden/golden-record.ts';
import { msgpack } from '../../support/msgpack.ts';
import { between, type Random } from '../../support/random.ts';
import { type BareRecord, mutate, recordAtRandom } from './record-mutator.ts';

/** The two sides that are alive while the fuzzer writes. */
export interface LivePair {
  readonly client: InboxAddress;
  readonly server: InboxAddress;
}

const codecs = createCodecTable([msgpack], 'codecs');
/** A client counts its calls from 1 on: no test makes so many. */
const firstDeadId = 1_000_000;

/** The golden records, of a pair, or of somebody nobody is, with paths that the router has and ids that no call has. */
export function goldenRecords(pair: LivePair): BareRecord[] {
  const nobody = { ...pair.client, inboxId: 'nobodyWhoIsReadAnywher' };
  return [pair.client, nobody].flatMap((client) => goldenFor({ ...pair, client }, withDeadIds));
}

/** Mutants of the golden records that are of this call of the client's, and of no other. */
export function mutantsOf(id: number, pair: LivePair, random: Random): BareRecord[] {
  const bases = goldenFor(pair, (text) => withIds(text, () => id));
  const mutants = bases.map((base) => mutate(random, base, bases[between(random, 0, bases.length - 1)]!));
  return [...bases, ...mutants].filter((record) => {
    const named = idsNamed(record, pair.client);
    return named.length > 0 && named.every((one) => String(one) === String(id));
  });
}

function goldenFor({ client, server }: LivePair, rewriteIds: (text: string) => string): BareRecord[] {
  const address = (inbox: InboxAddress, to: InboxAddress) => (text: string) =>
    text
      .replaceAll(`at=${inbox.topic}/${inbox.partition}`, `at=${to.topic}/${to.partition}`)
      .replaceAll(inbox.inboxId, to.inboxId);
  const fromClient = address(clientInbox, client);
  const fromServer = address(serverInbox, server);
  const rename = (part: string): string => rewriteIds(withPaths(fromServer(fromClient(part))));
  return [...readAll(currentFolder).values()].map((text) => {
    const { key, value, headers } = JSON.parse(text) as GoldenFile;
    return {
      key: key === null ? null : Buffer.from(key),
      value: typeof value === 'string' ? Buffer.from(rename(value)) : Buffer.from(value.base64, 'base64'),
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, header]) => [name, Buffer.from(rename(header))]),
      ),
    };
  });
}

/** A record that was written while the fuzzer listened, with other ids. */
export function liveRecord({ key, value, headers }: IncomingRecord): BareRecord {
  const dead = (bytes: Buffer): Buffer => Buffer.from(withDeadIds(bytes.toString()));
  return {
    key,
    value: value === null ? null : dead(value),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, header]) => [name, dead(Buffer.from(header as Buffer))]),
    ),
  };
}

function withDeadIds(text: string): string {
  return withIds(text, (id) => Number(id) + 5 * firstDeadId);
}

function withIds(text: string, change: (id: string) => number): string {
  return text.replace(
    /("id":"?|;id=)(\d{1,6})(?!\d)/g,
    (_, before: string, id: string) => `${before}${change(id)}`,
  );
}

function withPaths(text: string): string {
  const rename = (path: string): string => {
    if (path.startsWith('offers')) return 'ticks';
    return path.startsWith('bookings') ? 'store' : 'echo';
  };
  return text.replace(/"path":"([^"]*)"/g, (_, path: string) => `"path":"${rename(path)}"`);
}

/** The next record to write. */
export function fuzzRecord(random: Random, bases: readonly BareRecord[], pair: LivePair): BareRecord {
  for (;;) {
    const base = bases[between(random, 0, bases.length - 1)]!;
    const other = bases[between(random, 0, bases.length - 1)]!;
    const record = random() < 0.05 ? recordAtRandom(random) : mutate(random, base, other);
    if (!namesLiveCall(record, pair)) return record;
  }
}

/** Whether a reader could take it for a part of a call that is under way: from the live client, or for it, with an id that it may use. */
function namesLiveCall(record: BareRecord, { client }: LivePair): boolean {
  return idsNamed(record, client).some((id) => id === 'all' || !(Math.abs(Number(id)) >= firstDeadId));
}

/**
 * Which calls of a client a reader could take a record for a part of, if it is from that client, or for it. `'all'`: the
 * server's word that it closes moves every stream of the client.
 */
export function idsNamed({ headers, value }: BareRecord, { inboxId }: InboxAddress): (number | string)[] {
  const places = [recordHeader, addresseeHeader].flatMap((name) => headers[name] ?? []);
  if (!places.some((header) => header.includes(inboxId))) return [];
  const headerId = senderOf(headers)?.id;
  const ids: (number | string)[] = headerId === undefined ? [] : [headerId];
  try {
    for (const envelope of readRecord({ headers, value }, codecs).envelopes) {
      const id = envelope.ok ? envelope.message.id : envelope.id;
      if (id !== undefined) ids.push(id);
      if (envelope.ok && envelope.message.kind === 'go-away') ids.push('all');
    }
  } catch {
    // It is refused as a whole: there, an id can only be read from the header.
  }
  return ids;
}
