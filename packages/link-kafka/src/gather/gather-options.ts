/** What can be said of one gathering, with every default in one place, and the check that it was spelled right. */
import { KafkaTransportError } from '@trpc-kafka/core';
import { assertUserHeaders, assertWhole, maxTimeoutMs } from '@trpc-kafka/core/internal';
import { assertTimeout } from '../calls/call-options.js';
import { inheritanceHere } from '../calls/inheritance.js';
import type { Texts } from '../calls/texts.js';
import type { GatherRules } from './gathering.js';

/** When there are enough answers: whichever comes first. */
export interface GatherLimits<TAnswer> {
  /** So many answers are enough, at most 100,000. They are kept in memory until the gathering is let go. @default 1000 */
  readonly maxAnswers?: number;
  /** Ends it when no answer has come for so long after the last one, in ms. The first may take `timeoutMs`. @default no such end */
  readonly stallMs?: number;
  /** How long it lasts at most, in ms, also for the servers: what has not begun by then is not run, what runs is aborted. @default 2000 */
  readonly timeoutMs?: number;
  /** The end mark: true for the answer that is the last one. What it throws is what whoever iterates is told. @default none */
  readonly until?: (answer: TAnswer) => boolean;
  /** Ends it with what has come, when aborted. @default none */
  readonly signal?: AbortSignal;
}

/** Options of one gather call. */
export interface KafkaGatherOptions<TAnswer> extends GatherLimits<TAnswer> {
  /**
   * Of a call made inside a resolver: goes on when the call that is served there is cancelled, and has its whole
   * `timeoutMs`, not just what is left of that call's. @default false
   */
  readonly detached?: boolean;
  /** Headers of this call's record; they win over those of the gatherer. @default none */
  readonly headers?: Readonly<Record<string, string>>;
}

const limitNames: Readonly<Record<keyof GatherLimits<never>, true>> = {
  maxAnswers: true,
  stallMs: true,
  timeoutMs: true,
  until: true,
  signal: true,
};
const gatherOptionNames: Readonly<Record<keyof KafkaGatherOptions<never>, true>> = {
  ...limitNames,
  detached: true,
  headers: true,
};

/** More would be a mistake. */
const mostAnswers = 100_000;

/** The limits with their defaults. */
export interface ReadLimits<TAnswer> {
  readonly rules: GatherRules<TAnswer>;
  readonly timeoutMs: number;
}

/** The options of a gather call with their defaults, and what it takes over from the call in whose resolver it is made. */
export interface ReadGatherOptions<TAnswer> extends ReadLimits<TAnswer> {
  readonly headers: Texts;
  readonly inheritedHeaders: Texts | undefined;
}

/** @throws KafkaTransportError `INVALID_OPTION`. */
export function readGatherOptions<TAnswer>(options: KafkaGatherOptions<TAnswer>): ReadGatherOptions<TAnswer> {
  const { rules, timeoutMs } = readGatherLimits(options, gatherOptionNames);
  const { headers = {}, detached } = options;
  assertUserHeaders(headers);
  if (detached !== undefined && typeof detached !== 'boolean') {
    throw invalid('"detached" is neither true nor false');
  }
  const inherited = inheritanceHere(detached);
  const leftMs = (inherited?.deadlineMs ?? Number.POSITIVE_INFINITY) - Date.now();
  const signals = inherited?.signal === undefined ? rules.signals : [...rules.signals, inherited.signal];
  return {
    rules: { ...rules, signals },
    timeoutMs: Math.max(1, Math.min(timeoutMs, leftMs)),
    headers,
    inheritedHeaders: inherited?.headers,
  };
}

/** @throws KafkaTransportError `INVALID_OPTION`. */
export function readGatherLimits<TAnswer>(
  options: GatherLimits<TAnswer>,
  names: Readonly<Record<string, true>> = limitNames,
): ReadLimits<TAnswer> {
  assertNames(options, names);
  const { maxAnswers = 1000, stallMs, timeoutMs = 2000, until, signal } = options;
  assertWhole(maxAnswers, { name: 'maxAnswers', max: mostAnswers });
  assertTimeout(stallMs, { name: 'stallMs', maxMs: maxTimeoutMs });
  assertTimeout(timeoutMs, { name: 'timeoutMs', maxMs: maxTimeoutMs });
  if (until !== undefined && typeof until !== 'function') throw invalid('"until" is no function');
  if (signal !== undefined && typeof signal.addEventListener !== 'function') {
    throw invalid('"signal" is no AbortSignal');
  }
  return { rules: { maxAnswers, stallMs, until, signals: signal === undefined ? [] : [signal] }, timeoutMs };
}

/** The names of the limits, for those who have more options than these. */
export function withLimitNames<TName extends string>(
  names: Readonly<Record<TName, true>>,
): Readonly<Record<string, true>> {
  return { ...limitNames, ...names };
}

function assertNames(options: object, names: Readonly<Record<string, true>>): void {
  if (typeof options !== 'object' || options === null) throw invalid('the options are no object');
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(names, name)) continue;
    throw invalid(`"${name}" is no option of a gathering; it takes ${Object.keys(names).join(', ')}`);
  }
}

function invalid(message: string): KafkaTransportError {
  return new KafkaTransportError({ code: 'INVALID_OPTION', message });
}
