/** The headers of dead letters and of what is said about them, as texts. Pure. */
import { isTopicName } from './inbox-address.js';

/** Why, where from, how often, when a call became a dead letter. */
export interface DeadLetterFacts {
  /** tRPC's error code, or the transport's. */
  readonly code: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** 0 of a record that could not be read. */
  readonly attempts: number;
  readonly atMs: number;
}

/** Writes the header. */
export function formatDeadLetter(facts: DeadLetterFacts): string {
  const { code, topic, partition, offset, attempts, atMs } = facts;
  return `code=${code};topic=${topic};partition=${partition};offset=${offset};attempts=${attempts};at=${atMs}`;
}

const deadLetterPattern =
  /^code=([A-Z_]{1,64});topic=([^;/]{1,249});partition=(\d{1,9});offset=(\d{1,15});attempts=(\d{1,9});at=(\d{1,15})(?:;|$)/;

/** Reads the header; `undefined` of anything else. */
export function parseDeadLetter(text: string): DeadLetterFacts | undefined {
  const [, code, topic, partition, offset, attempts, atMs] = deadLetterPattern.exec(text) ?? [];
  if (code === undefined || topic === undefined || !isTopicName(topic)) return undefined;
  return {
    code,
    topic,
    partition: Number(partition),
    offset: Number(offset),
    attempts: Number(attempts),
    atMs: Number(atMs),
  };
}

/** What a run of the replay says about a letter of the same partition. */
export interface ReplayMark {
  /** `claim`: this run is about to replay it. `done`: it was replayed, `to` says where it stands. */
  readonly kind: 'claim' | 'done';
  readonly run: string;
  /** The letter's offset. */
  readonly letter: number;
  readonly to?: string;
}

/** Writes a mark's header. */
export function formatReplayMark({ kind, run, letter, to }: ReplayMark): string {
  return `${kind};run=${run};letter=${letter}${to === undefined ? '' : `;to=${to}`}`;
}

const replayMarkPattern = /^(claim|done);run=([\w-]{1,64});letter=(\d{1,15})(?:;to=([^;]{1,300}))?(?:;|$)/;

/** Reads a mark's header; `undefined` of anything else. */
export function parseReplayMark(text: string): ReplayMark | undefined {
  const [, kind, run, letter, to] = replayMarkPattern.exec(text) ?? [];
  if (run === undefined) return undefined;
  return {
    kind: kind as ReplayMark['kind'],
    run,
    letter: Number(letter),
    ...(to === undefined ? {} : { to }),
  };
}

/** A place of a record as a text without blanks: `flights.dead-letter/0/12`. */
export function formatRecordPlace(place: { topic: string; partition: number; offset: number }): string {
  return `${place.topic}/${place.partition}/${place.offset}`;
}

/** Reads a place; `undefined` of anything else. */
export function parseRecordPlace(
  text: string,
): { topic: string; partition: number; offset: number } | undefined {
  const [, topic, partition, offset] = /^([^/]{1,249})\/(\d{1,9})\/(\d{1,15})$/.exec(text) ?? [];
  if (topic === undefined || !isTopicName(topic)) return undefined;
  return { topic, partition: Number(partition), offset: Number(offset) };
}
