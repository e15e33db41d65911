/** Refuses settings that would show as calls that never run. */
import { type KafkaRetryOptions, KafkaTransportError } from '@trpc-kafka/core';
import { assertWhole } from '@trpc-kafka/core/internal';
import type { KafkaHandlerSettings } from '../options.js';

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
  assertHeaderNames(settings.sensitiveHeaders);
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
