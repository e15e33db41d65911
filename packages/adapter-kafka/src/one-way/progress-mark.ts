/**
 * What a commit of the one-way group says beside its offset, in its metadata string: who may own the partition, what behind
 * the offset is done already, and how often what is not done was tried. So that the next owner, also after a crash, neither
 * repeats what was done nor tries for ever what kills its instance. Pure.
 *
 * `open;done=Kg;tries=0:2:1,7:1:0`. `open`: somebody owns the partition, and may have begun any record of it. `clean`: it
 * was given up in order; `doubt-below` is the offset below which records may have begun all the same.
 */

/** How often a record was tried, so far as is known. */
export interface Tries {
  /** Attempts that have begun. */
  attempts: number;
  /** Those of them that were announced before they began, and never seen to end: each may have killed its instance. */
  unended: number;
}

/** What is known of the records behind a committed offset. */
export interface Progress {
  /** Records below this offset may have begun; all that stood in the partition when it is `undefined`. */
  readonly doubtBelow: number | undefined;
  /** Offsets of records that are done. */
  readonly done: ReadonlySet<number>;
  readonly tries: ReadonlyMap<number, Tries>;
}

/** What is written into a mark. */
export interface ProgressFacts {
  readonly offset: number;
  /** Where the partition is given up in order: records below may have begun. `undefined` while it is owned. */
  readonly doubtBelow: number | undefined;
  /** In any order, all above the offset. */
  readonly done: readonly number[];
  readonly tries: ReadonlyMap<number, Tries>;
}

/** Brokers keep 4,096 bytes with an offset (`offset.metadata.max.bytes`), if nobody says otherwise. */
const maxMarkLength = 3500;

/** Records behind the offset whose end can be told: as many bits. */
export const maxDoneBits = 4800;

/** Writes a mark. What does not fit is left out: then a record may be carried out, or counted, once more. */
export function formatProgress({ offset, doubtBelow, done, tries }: ProgressFacts): string {
  let mark = 'open';
  if (doubtBelow !== undefined) mark = doubtBelow > offset ? `clean;doubt-below=${doubtBelow}` : 'clean';
  const bits = toBits(offset, done);
  if (bits.length > 0) mark += `;done=${bits}`;
  let separator = ';tries=';
  // Those that may kill their instance before those that merely failed: they must not be forgotten.
  const tried = [...tries].filter(([, { attempts }]) => attempts > 0);
  for (const [at, { attempts, unended }] of tried.sort(([, a], [, b]) => b.unended - a.unended)) {
    const entry = `${separator}${at - offset}:${attempts}:${unended}`;
    if (mark.length + entry.length > maxMarkLength) break;
    mark += entry;
    separator = ',';
  }
  return mark;
}

const markPattern =
  /^(?:open|clean(?:;doubt-below=(\d{1,15}))?)(?:;done=([A-Za-z0-9_-]+))?(?:;tries=([\d:,]+))?$/;
const triesPattern = /(\d{1,15}):(\d{1,9}):(\d{1,9})/g;

/** Reads the mark of a commit. Of one that somebody else wrote nothing is known. */
export function parseProgress(offset: number, mark: string): Progress {
  const found = markPattern.exec(mark);
  const doubtBelow = found === null || mark.startsWith('open') ? undefined : Number(found[1] ?? offset);
  const tries = new Map<number, Tries>();
  for (const [, at, attempts, unended] of found?.[3]?.matchAll(triesPattern) ?? []) {
    tries.set(offset + Number(at), { attempts: Number(attempts), unended: Number(unended) });
  }
  return { doubtBelow, done: fromBits(offset, found?.[2] ?? ''), tries };
}

/** One bit for each offset from the committed one on. */
function toBits(offset: number, done: readonly number[]): string {
  const places = done.map((one) => one - offset).filter((place) => place >= 0 && place < maxDoneBits);
  if (places.length === 0) return '';
  const bits = Buffer.alloc((places.reduce((a, b) => Math.max(a, b)) >> 3) + 1);
  for (const place of places) bits[place >> 3]! |= 1 << (place & 7);
  return bits.toString('base64url');
}

function fromBits(offset: number, text: string): ReadonlySet<number> {
  const done = new Set<number>();
  for (const [n, byte] of Buffer.from(text, 'base64url').entries()) {
    for (let bit = 0; bit < 8; bit++) if ((byte & (1 << bit)) !== 0) done.add(offset + n * 8 + bit);
  }
  return done;
}
