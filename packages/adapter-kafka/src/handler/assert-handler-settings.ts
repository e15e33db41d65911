/** Refuses settings that would show as calls that never run. */
import { type KafkaRetryOptions, KafkaTransportError } from '@trpc-kafka/core';
import { assertWhole } from '@trpc-kafka/core/internal';
import type { DuplicateOptions, KafkaHandlerSettings } from '../options.js';

/** Longest wait between attempts that a timer can count. */
const maxWaitMs = 2 ** 31 - 1;

/** @throws KafkaTransportError `INVALID_OPTION` that names the setting. */
export function assertHandlerSettings(settings: KafkaHandlerSettings): void {
  const { maxConcurrentCalls, maxStreams, maxMessageBytes, clockSkewMs, oneWay = {}, gather = {} } = settings;
  assertWhole(maxConcurrentCalls, { name: 'maxConcurrentCalls' });
  assertWhole(maxStreams, { name: 'maxStreams' });
  assertWhole(maxMessageBytes, { name: 'maxMessageBytes' });
  assertWhole(clockSkewMs, { name: 'clockSkewMs', min: 0 });
  assertWhole(gather.maxConcurrentCalls, { name: 'gather.maxConcurrentCalls' });
  assertWhole(oneWay.maxConcurrentCalls, { name: 'oneWay.maxConcurrentCalls' });
  assertWhole(oneWay.maxUncommitted, { name: 'oneWay.maxUncommitted' });
  assertRetry(oneWay, 'oneWay.');
  assertDuplicates(settings.duplicates ?? {});
  assertHeaderNames(settings.sensitiveHeaders);
}

const duplicateNames: Readonly<Record<keyof DuplicateOptions, true>> = {
  windowMs: true,
  maxEntries: true,
  maxBytes: true,
  scope: true,
  store: true,
};

function assertDuplicates(options: DuplicateOptions): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(duplicateNames, name)) continue;
    throw invalid(`"${name}" is no option of duplicates; it takes ${Object.keys(duplicateNames).join(', ')}`);
  }
  const { windowMs, maxEntries, maxBytes, scope, store } = options;
  assertWhole(windowMs, { name: 'duplicates.windowMs' });
  assertWhole(maxEntries, { name: 'duplicates.maxEntries' });
  assertWhole(maxBytes, { name: 'duplicates.maxBytes' });
  if (scope !== undefined && typeof scope !== 'function') throw invalid('duplicates.scope is no function');
  if (store === undefined || store === 'memory' || store === 'topic') return;
  if (typeof store.find !== 'function' || typeof store.keep !== 'function') {
    throw invalid("duplicates.store is neither 'memory' nor 'topic', and has no find and keep");
  }
}

function invalid(message: string): KafkaTransportError {
  return new KafkaTransportError({ code: 'INVALID_OPTION', message });
}

function assertHeaderNames(names: unknown): void {
  if (names === undefined) return;
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return;
  throw new KafkaTransportError({
    code: 'INVALID_OPTION',
    message: "sensitiveHeaders is no list of names; give names of headers, such as ['authorization']",
  });
}

/** @throws KafkaTransportError `INVALID_OPTION` that names the setting, behind where it stands. */
export function assertRetry(retry: KafkaRetryOptions, where: string): void {
  assertWhole(retry.attempts, { name: `${where}attempts` });
  assertWhole(retry.initialDelayMs, { name: `${where}initialDelayMs`, min: 0, max: maxWaitMs });
  assertWhole(retry.maxDelayMs, { name: `${where}maxDelayMs`, min: 0, max: maxWaitMs });
}
