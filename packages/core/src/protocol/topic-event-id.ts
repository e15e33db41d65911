/**
 * Ids of events that are the records of a topic: which record it is, and how far every partition was read with it.
 * Owns: the text, and what it means to have read two streams of one topic. Must not know: who reads the topic.
 *
 * `kafka@<partition>:<offset>` names the record; its partition was read up to it. What follows a dot is where to go on in the
 * other partitions, in base64url: for each, ascending, the distance to the partition before (varint, minus one) and that of
 * its next offset to the one before (zigzag varint; the first to the record's own), so that partitions that are filled evenly take three to four characters.
 */

/** Where to go on: the next offset, by partition. A partition that is absent did not exist: it is read from its beginning. */
export type TopicPosition = ReadonlyMap<number, number>;

/** What an event id says. */
export interface TopicEventId {
  /** The record. */
  readonly partition: number;
  readonly offset: number;
  /** How far the topic was read with it, this record included. */
  readonly position: TopicPosition;
}

const prefix = 'kafka@';
const pattern = /^kafka@(0|[1-9]\d{0,9}):(0|[1-9]\d{0,15})(?:\.([\w-]+))?$/;
/** Kafka counts partitions in 31 bits. */
const maxPartition = 2 ** 31 - 1;
/** Far out of reach, and twice the distance between two of them is still exact. */
const maxOffset = 2 ** 52 - 1;

/**
 * Writes the id of a record.
 * @param position where to go on in all partitions, in ascending order; that of the record's own is known and may be left out.
 */
export function formatTopicEventId(
  record: { readonly partition: number; readonly offset: number },
  position: Iterable<readonly [partition: number, next: number]>,
): string {
  const { partition, offset } = record;
  const bytes: number[] = [];
  let lastPartition = -1;
  let lastNext = offset + 1;
  for (const [other, next] of position) {
    if (other === partition) continue;
    writeVarint(bytes, other - lastPartition - 1);
    const distance = next - lastNext;
    writeVarint(bytes, distance < 0 ? -2 * distance - 1 : 2 * distance);
    lastPartition = other;
    lastNext = next;
  }
  const head = `${prefix}${partition}:${offset}`;
  return bytes.length === 0 ? head : `${head}.${toBase64Url(bytes)}`;
}

/** Reads an id; `undefined` for any other text. Each position has one id, and an id that is read and written is the same. */
export function parseTopicEventId(text: string): TopicEventId | undefined {
  // Most ids are none of these.
  if (!text.startsWith(prefix)) return undefined;
  const [, partitionText, offsetText, rest] = pattern.exec(text) ?? [];
  if (partitionText === undefined || offsetText === undefined) return undefined;
  const partition = Number(partitionText);
  const offset = Number(offsetText);
  if (partition > maxPartition || offset >= maxOffset) return undefined;
  const position = new Map<number, number>();
  if (rest !== undefined && !readOthers(rest, { partition, next: offset + 1 }, position)) return undefined;
  position.set(partition, offset + 1);
  const id: TopicEventId = { partition, offset, position };
  return id;
}

/** False when the bytes are not what is written here. */
function readOthers(
  text: string,
  own: { readonly partition: number; readonly next: number },
  position: Map<number, number>,
): boolean {
  const reader = { bytes: fromBase64Url(text), at: 0 };
  // Two texts must not stand for one position: receivers compare ids.
  if (toBase64Url(reader.bytes) !== text) return false;
  let partition = -1;
  let { next } = own;
  while (reader.at < reader.bytes.length) {
    const step = readVarint(reader);
    const zigzag = readVarint(reader);
    if (step === undefined || zigzag === undefined) return false;
    partition += step + 1;
    next += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    if (partition > maxPartition || partition === own.partition) return false;
    if (next < 0 || next > maxOffset) return false;
    position.set(partition, next);
  }
  return true;
}

/** Unsigned, seven bits a byte, the lowest first. Beyond 32 bits, hence no bit operators. */
function writeVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}

/** `undefined` where it is cut off, too large, or longer than need be. */
function readVarint(reader: { readonly bytes: ArrayLike<number>; at: number }): number | undefined {
  let value = 0;
  for (let factor = 1; factor <= 2 ** 49; factor *= 0x80) {
    const byte = reader.bytes[reader.at++];
    if (byte === undefined) return undefined;
    value += (byte % 0x80) * factor;
    if (byte >= 0x80) continue;
    return (byte === 0 && factor > 1) || value > Number.MAX_SAFE_INTEGER ? undefined : value;
  }
  return undefined;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const digits = new Map(Array.from(alphabet, (digit, value) => [digit, value]));

function toBase64Url(bytes: readonly number[]): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b = 0, c = 0] = bytes.slice(i, i + 3);
    const group = (a << 16) | (b << 8) | c;
    const length = Math.min(4, bytes.length - i + 1);
    for (let digit = 0; digit < length; digit++) text += alphabet[(group >> (18 - 6 * digit)) & 63];
  }
  return text;
}

/** Of digits only; what does not make a whole byte is dropped. */
function fromBase64Url(text: string): number[] {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const digit of text) {
    bits = ((bits << 6) | digits.get(digit)!) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes.push((bits >> held) & 0xff);
  }
  return bytes;
}
