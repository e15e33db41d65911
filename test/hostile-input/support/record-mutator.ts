/** Records that are almost right: what chance makes of one, again and again the same for the same seed. */
import { between, type Random } from '../../support/random.ts';

/** A record as bytes; a header may be there more than once. */
export interface BareRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | Buffer[]>>;
}

/** One change. @param other a second record, to take from */
type Mutation = (random: Random, record: BareRecord, other: BareRecord) => BareRecord;

const pick = <T>(random: Random, list: readonly T[]): T => list[between(random, 0, list.length - 1)]!;

/** Odd values, where JSON has one: it is cut out of its place as text, so that duplicates and torn texts come of it, too. */
const oddValues: readonly string[] = [
  'null',
  'true',
  '-1',
  '0.5',
  '1e400',
  '-0',
  '9007199254740993',
  '123456789012345678901234567890',
  '""',
  '"__proto__"',
  '"\\u0000"',
  '"\\ud800"',
  '{}',
  '[]',
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
  `${'['.repeat(5000)}${']'.repeat(5000)}`,
  `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`,
  `"${'x'.repeat(20_000)}"`,
];

/** Bytes that decoders stumble over: broken UTF-8, and MessagePack's arrays, maps, texts and extensions of sizes that are not there. */
const oddBytes: readonly Buffer[] = [
  [0xff],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xef, 0xbb, 0xbf],
  [0xdd, 0xff, 0xff, 0xff, 0xff],
  [0xdf, 0x7f, 0xff, 0xff, 0xff],
  [0xdb, 0xff, 0xff, 0xff, 0xff],
  [0xc9, 0x00, 0x00, 0xff, 0xff, 0x72],
  [0xd4, 0x72, 0x40],
  [0xc1],
].map((bytes) => Buffer.from(bytes));

function flipBits(random: Random, bytes: Buffer): Buffer {
  const flipped = Buffer.from(bytes);
  if (bytes.length === 0) return flipped;
  for (let times = between(random, 1, 8); times > 0; times--) {
    const at = between(random, 0, bytes.length - 1);
    flipped[at] = flipped[at]! ^ (1 << between(random, 0, 7));
  }
  return flipped;
}

function splice(random: Random, bytes: Buffer, insert: Buffer): Buffer {
  const at = between(random, 0, bytes.length);
  return Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(between(random, at, bytes.length))]);
}

function bytesAtRandom(random: Random): Buffer {
  return Buffer.from(Array.from({ length: between(random, 0, 64) }, () => between(random, 0, 255)));
}

/** Puts an odd value in the place of one that JSON has. */
function replaceValue(random: Random, text: string): string {
  const places = [...text.matchAll(/(?<=[:[,])("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null)/g)];
  const place = places.length === 0 ? undefined : pick(random, places);
  if (place === undefined) return text;
  return `${text.slice(0, place.index)}${pick(random, oddValues)}${text.slice(place.index + place[0].length)}`;
}

const ofValue =
  (change: (random: Random, value: Buffer) => Buffer | null): Mutation =>
  (random, record) => ({ ...record, value: change(random, record.value ?? Buffer.alloc(0)) });

/** Changes one header; `undefined` takes it away. */
const ofHeader =
  (change: (random: Random, value: Buffer, other: BareRecord) => Buffer | Buffer[] | undefined): Mutation =>
  (random, record, other) => {
    const names = Object.keys(record.headers);
    if (names.length === 0) return record;
    const name = pick(random, names);
    const given = record.headers[name]!;
    const changed = change(random, Array.isArray(given) ? given[0]! : given, other);
    const { [name]: _taken, ...rest } = record.headers;
    return { ...record, headers: changed === undefined ? rest : { ...rest, [name]: changed } };
  };

const mutations: readonly Mutation[] = [
  ofValue(flipBits),
  ofValue((random, value) => value.subarray(0, between(random, 0, value.length))),
  ofValue((random, value) => splice(random, value, Buffer.alloc(0))),
  ofValue((random, value) => splice(random, value, bytesAtRandom(random))),
  ofValue((random, value) => splice(random, value, pick(random, oddBytes))),
  ofValue((random, value) => Buffer.from(replaceValue(random, value.toString()))),
  ofValue((random, value) => Buffer.from(replaceValue(random, value.toString()))),
  ofValue((_random, value) =>
    Buffer.concat([Buffer.from('['), value, Buffer.from(','), value, Buffer.from(']')]),
  ),
  ofValue(bytesAtRandom),
  ofValue(() => null),
  ofHeader(flipBits),
  ofHeader(() => undefined),
  ofHeader((_random, value) => [value, value]),
  ofHeader((random, value) => value.subarray(0, between(random, 0, value.length))),
  ofHeader((random, value) => splice(random, value, bytesAtRandom(random))),
  ofHeader((_random, _value, other) => Object.values(other.headers).flat()[0]),
  (_random, record, other) => ({ ...record, headers: other.headers }),
  (_random, record, other) => ({ ...record, value: other.value }),
  (_random, record) => ({ ...record, headers: {} }),
  (random, record) => ({ ...record, key: random() < 0.5 ? null : bytesAtRandom(random) }),
];

/** Changes a record once, or a few times. */
export function mutate(random: Random, record: BareRecord, other: BareRecord): BareRecord {
  let mutant = record;
  for (let times = random() < 0.7 ? 1 : between(random, 2, 4); times > 0; times--) {
    mutant = pick(random, mutations)(random, mutant, other);
  }
  return mutant;
}

/** A record that is like none. */
export function recordAtRandom(random: Random): BareRecord {
  const names = ['trpc-kafka', 'trpc-kafka-to', 'traceparent', 'x'];
  const headers = names.filter(() => random() < 0.4).map((name) => [name, bytesAtRandom(random)] as const);
  const hasValue = random() < 0.9;
  return {
    key: random() < 0.5 ? null : bytesAtRandom(random),
    value: hasValue ? bytesAtRandom(random) : null,
    headers: Object.fromEntries(headers),
  };
}
