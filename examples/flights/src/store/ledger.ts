/**
 * An append-only file that all server instances share; it stands where your database stands.
 * Owns: writing entries, reading them, waiting until one is there.
 * Must not know: tRPC, any transport, who asks.
 */
import { once } from 'node:events';
import { type FSWatcher, watch } from 'node:fs';
import { appendFile, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const entrySchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('audit'),
    id: z.string(),
    event: z.string(),
    reference: z.string(),
    at: z.coerce.date(),
    recordedBy: z.string(),
  }),
  z.object({
    kind: z.literal('search-ended'),
    id: z.string(),
    sent: z.number(),
    found: z.number(),
    servedBy: z.string(),
  }),
]);

/** What happened on a server that others want to know about. */
export type LedgerEntry = z.infer<typeof entrySchema>;
export type LedgerKind = LedgerEntry['kind'];
export type EntryOf<Kind extends LedgerKind> = Extract<LedgerEntry, { kind: Kind }>;

/** Where entries are kept. */
export interface Ledger {
  append(entry: LedgerEntry): Promise<void>;
  /** The first entry of this kind and id, as soon as any instance has written it. Rejects when `signal` aborts. */
  find<Kind extends LedgerKind>(kind: Kind, id: string, signal: AbortSignal): Promise<EntryOf<Kind>>;
}

/** Opens (and makes) the ledger of a folder. */
export async function openLedger(directory: string): Promise<Ledger> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, 'ledger.jsonl');
  // So that readers need not ask whether the file is there yet.
  await appendFile(path, '');
  return {
    // One write in append mode per line: lines of several processes never mix.
    append: (entry) => appendFile(path, `${JSON.stringify(entry)}\n`),
    find: (kind, id, signal) => findEntry({ path, kind, id, signal }),
  };
}

interface Search<Kind extends LedgerKind> {
  readonly path: string;
  readonly kind: Kind;
  readonly id: string;
  readonly signal: AbortSignal;
}

async function findEntry<Kind extends LedgerKind>(search: Search<Kind>): Promise<EntryOf<Kind>> {
  // The watch begins before the first look, so that no entry can slip between the two.
  const watcher = watch(search.path);
  const changes = countChanges(watcher);
  try {
    for (let offset = 0; ; ) {
      const seenChanges = changes.count;
      const read = await readEntries(search.path, offset);
      const found = read.entries.find(
        (entry): entry is EntryOf<Kind> => entry.kind === search.kind && entry.id === search.id,
      );
      if (found) return found;
      offset = read.nextOffset;
      if (changes.count === seenChanges) await once(watcher, 'change', { signal: search.signal });
    }
  } finally {
    watcher.close();
  }
}

function countChanges(watcher: FSWatcher): { readonly count: number } {
  const changes = { count: 0 };
  watcher.on('change', () => {
    changes.count += 1;
  });
  return changes;
}

/** The whole lines from `offset` on; half a line is left for the next look. */
async function readEntries(
  path: string,
  offset: number,
): Promise<{ entries: LedgerEntry[]; nextOffset: number }> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.max(0, size - offset));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
    const end = bytes.subarray(0, bytesRead).lastIndexOf('\n') + 1;
    const lines = bytes.toString('utf8', 0, end).split('\n').filter(Boolean);
    return { entries: lines.map((line) => entrySchema.parse(JSON.parse(line))), nextOffset: offset + end };
  } finally {
    await file.close();
  }
}
