/**
 * Gives dead letters to the service's instances again, each once, whatever happens to the run.
 *
 * A run claims letters by marks in their own partition, whose order decides between runs; writes the calls; and marks them
 * as done. A claim that is left over from a run that died may stand for a call that was written, or for none: the one-way
 * topic, where each replayed call names its letter, is read to find out before the letter is claimed again.
 */
import { randomBytes } from 'node:crypto';
import { acquireDriver } from '../driver/driver-lease.js';
import type { KafkaDriver } from '../driver/kafka-driver.js';
import {
  lastHeader,
  type OutgoingHeader,
  type OutgoingRecord,
  type RecordPosition,
} from '../driver/record.js';
import { KafkaTransportError } from '../errors/transport-error.js';
import { createCodecTable } from '../protocol/codec-table.js';
import { formatRecordPlace, formatReplayMark, type ReplayMark } from '../protocol/dead-letter-header.js';
import {
  deadLetterHeader,
  deadLetterMessageHeader,
  replayMarkHeader,
  replayOfHeader,
  reservedHeaderPrefix,
} from '../protocol/header-names.js';
import { partitionForKey } from '../protocol/key-partition.js';
import { toKafkaService } from '../service/kafka-service.js';
import type { DeadLetter } from './dead-letter.js';
import { type DeadLetterTopic, openDeadLetterTopic } from './dead-letter-topic.js';
import type { DeadLettersQuery } from './list-dead-letters.js';
import { readPartition } from './read-partition.js';

/** Which dead letters are replayed, and how. */
export interface ReplayOptions extends DeadLettersQuery {
  /** Added to the calls, or put in the place of theirs: credentials, say, which letters do not keep. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** After how long, in ms, a letter that another run has claimed and not replayed is taken from it. A run that lives needs no more than 30 s. @default 60000 */
  readonly abandonedAfterMs?: number;
  /** Told of each letter, when its outcome is known. @default nobody is */
  readonly onLetter?: (letter: DeadLetter, outcome: ReplayOutcome) => void;
}

/**
 * What became of a letter. `replayed`: its call stands in the one-way topic again. `replayed-before`: it did already, since
 * a run that died had written it. `claimed`: another run is about to. `empty`: it is too large to have been kept, and so
 * has no value to be replayed.
 */
export type ReplayOutcome =
  | { readonly kind: 'replayed' | 'replayed-before'; readonly to: RecordPosition }
  | { readonly kind: 'claimed' }
  | { readonly kind: 'empty' };

/** How many letters had each outcome. */
export interface ReplayReport {
  /** Letters that this run has replayed. */
  readonly replayed: number;
  /** Letters that were replayed already. */
  readonly replayedBefore: number;
  /** Letters that another run was about to replay. */
  readonly claimed: number;
  /** Letters without a value: the record was too large to be kept. */
  readonly empty: number;
}

/** So many letters, or bytes, are claimed and written together. */
const maxLetters = 100;
const maxBytes = 500_000;

/** A run that took longer from claiming to writing writes nothing: others may soon take it for dead. */
const maxClaimMs = 30_000;

/** How far the clocks of brokers may be apart. */
const clocksMs = 60_000;

/**
 * Replays dead letters: the calls are written to the one-way topic as they were, to be tried anew. Each letter is replayed
 * once, also by several runs at a time, or after runs that died; one that becomes a dead letter again is another letter.
 *
 * @returns how many were replayed, and how many were not.
 * @throws KafkaTransportError `PRODUCE_FAILED` and what else brokers refuse: what is not replayed then is found by the next
 * run, a minute later.
 * @example
 * const { replayed } = await replayDeadLetters({ kafka, service: 'flights', filter: { path: 'bookings.audit' } });
 */
export async function replayDeadLetters(options: ReplayOptions): Promise<ReplayReport> {
  assertHeaders(options.headers);
  const { driver, release } = acquireDriver(options.kafka);
  try {
    return await new Replay(driver, options).run();
  } finally {
    await release();
  }
}

class Replay {
  private readonly counts = { replayed: 0, replayedBefore: 0, claimed: 0, empty: 0 };
  private readonly runId = randomBytes(12).toString('base64url');
  private readonly driver: KafkaDriver;
  private readonly options: ReplayOptions;
  private readonly abandonedAfterMs: number;
  private partitions = 1;

  constructor(driver: KafkaDriver, options: ReplayOptions) {
    this.driver = driver;
    this.options = options;
    this.abandonedAfterMs = options.abandonedAfterMs ?? 60_000;
  }

  async run(): Promise<ReplayReport> {
    const { driver, options } = this;
    const codecs = createCodecTable(options.codecs ?? [], 'codecs');
    const service = toKafkaService(options.service);
    const topic = await openDeadLetterTopic({
      driver,
      service,
      codecs,
      signal: options.signal,
      abandonedAfterMs: this.abandonedAfterMs,
    });
    const oneWayTopic = service.topics.oneWay.topic;
    this.partitions = (await driver.countPartitions(oneWayTopic)) ?? 1;
    let letters: DeadLetter[] = [];
    let bytes = 0;
    for await (const letter of topic.letters({ ...options.filter, replayed: false })) {
      letters.push(letter);
      bytes += letter.value?.length ?? 0;
      if (letters.length < maxLetters && bytes < maxBytes) continue;
      await this.replay(topic, oneWayTopic, letters);
      letters = [];
      bytes = 0;
    }
    await this.replay(topic, oneWayTopic, letters);
    return this.counts;
  }

  private async replay(topic: DeadLetterTopic, to: string, letters: readonly DeadLetter[]): Promise<void> {
    if (letters.length === 0) return;
    this.options.signal?.throwIfAborted();
    const open = letters.filter((letter) => this.isReplayable(topic, letter));
    const stale = open.filter((letter) => claimOf(topic, letter) !== undefined);
    const found = await this.findReplays(topic, to, stale);
    await this.finish('replayed-before', [...found]);
    const won = await this.claim(
      topic,
      open.filter((letter) => !found.has(letter)),
    );
    const outcomes =
      won.length === 0 ? [] : await this.driver.produce(won.map((letter) => this.toCall(letter, to)));
    const written: [DeadLetter, RecordPosition][] = [];
    let failure: Error | undefined;
    for (const [n, outcome] of outcomes.entries()) {
      if (outcome.ok) written.push([won[n]!, outcome.position]);
      else failure ??= outcome.error;
    }
    await this.finish('replayed', written);
    if (failure !== undefined) throw failure;
  }

  private isReplayable(topic: DeadLetterTopic, letter: DeadLetter): boolean {
    if (letter.value === null) return this.skip(letter, 'empty');
    const claim = claimOf(topic, letter);
    if (claim !== undefined && Date.now() - claim.atMs < this.abandonedAfterMs)
      return this.skip(letter, 'claimed');
    return true;
  }

  private skip(letter: DeadLetter, kind: 'empty' | 'claimed'): false {
    this.counts[kind]++;
    this.options.onLetter?.(letter, { kind });
    return false;
  }

  /** The claims that come first in their partition are won; others see them there. */
  private async claim(
    topic: DeadLetterTopic,
    letters: readonly DeadLetter[],
  ): Promise<readonly DeadLetter[]> {
    if (letters.length === 0) return [];
    await this.mark(letters.map((letter) => [letter, { kind: 'claim' }]));
    const claimedAtMs = performance.now();
    await topic.refresh(new Set(letters.map(({ position }) => position.partition)));
    if (performance.now() - claimedAtMs > maxClaimMs) throw tooSlow();
    return letters.filter((letter) => {
      const { partition, offset } = letter.position;
      const isDone = topic.books.get(partition)?.replayedTo(offset) !== undefined;
      if (!isDone && claimOf(topic, letter)?.run === this.runId) return true;
      return this.skip(letter, 'claimed');
    });
  }

  private async finish(
    kind: 'replayed' | 'replayed-before',
    letters: readonly (readonly [DeadLetter, RecordPosition])[],
  ): Promise<void> {
    if (letters.length === 0) return;
    await this.mark(letters.map(([letter, to]) => [letter, { kind: 'done', to: formatRecordPlace(to) }]));
    this.counts[kind === 'replayed' ? 'replayed' : 'replayedBefore'] += letters.length;
    for (const [letter, to] of letters) this.options.onLetter?.(letter, { kind, to });
  }

  private async mark(marks: readonly [DeadLetter, Pick<ReplayMark, 'kind' | 'to'>][]): Promise<void> {
    const outcomes = await this.driver.produce(
      marks.map(([{ position }, mark]) => ({
        topic: position.topic,
        partition: position.partition,
        key: null,
        value: null,
        headers: {
          [replayMarkHeader]: formatReplayMark({ ...mark, run: this.runId, letter: position.offset }),
        },
      })),
    );
    for (const outcome of outcomes) if (!outcome.ok) throw outcome.error;
  }

  /** The calls that runs which died have written, among those they had claimed. */
  private async findReplays(
    topic: DeadLetterTopic,
    to: string,
    stale: readonly DeadLetter[],
  ): Promise<ReadonlyMap<DeadLetter, RecordPosition>> {
    const found = new Map<DeadLetter, RecordPosition>();
    if (stale.length === 0) return found;
    const byPlace = new Map(stale.map((letter) => [formatRecordPlace(letter.position), letter]));
    const claimedMs = Math.min(...stale.map((letter) => claimOf(topic, letter)!.atMs));
    // Times of the two topics may come from the clocks of two brokers.
    const [starts, ends] = await Promise.all([
      this.driver.listOffsets({ topic: to, at: { timestampMs: claimedMs - clocksMs } }),
      this.driver.listOffsets({ topic: to, at: 'latest' }),
    ]);
    for (const [partition, end] of ends) {
      const range = { topic: to, partition, from: starts.get(partition) ?? 0, to: end };
      for await (const records of readPartition(this.driver, { ...range, signal: this.options.signal })) {
        for (const record of records) {
          const letter = byPlace.get(lastHeader(record.headers, replayOfHeader)?.toString() ?? '');
          if (letter !== undefined) found.set(letter, { topic: to, partition, offset: record.offset });
        }
      }
    }
    return found;
  }

  private toCall({ position, key, value, rawHeaders }: DeadLetter, topic: string): OutgoingRecord {
    const kept = Object.assign(Object.create(null), rawHeaders, this.options.headers) as Record<
      string,
      OutgoingHeader
    >;
    delete kept[deadLetterHeader];
    delete kept[deadLetterMessageHeader];
    kept[replayOfHeader] = formatRecordPlace(position);
    const partition =
      key === null ? position.offset % this.partitions : partitionForKey(key, this.partitions);
    return { topic, partition, key, value, headers: kept };
  }
}

function tooSlow(): KafkaTransportError {
  return new KafkaTransportError({
    code: 'BROKER_ERROR',
    retryable: true,
    message:
      'brokers took so long to answer that other runs may take this one for dead: nothing of what was claimed is replayed by it. Start it again, a minute later',
  });
}

function claimOf(
  topic: DeadLetterTopic,
  { position }: DeadLetter,
): { run: string; atMs: number } | undefined {
  return topic.books.get(position.partition)?.claimOf(position.offset);
}

function assertHeaders(headers: ReplayOptions['headers']): void {
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (typeof value === 'string' && !name.startsWith(reservedHeaderPrefix)) continue;
    throw new KafkaTransportError({
      code: 'INVALID_OPTION',
      message: `headers["${name}"] cannot be added to a replayed call: values are texts, and names that begin with ${reservedHeaderPrefix} are the transport's`,
    });
  }
}
