/** Refuses settings that would show as calls that never run. */
import type { KafkaRetryOptions } from '@trpc-kafka/core';
import { assertWhole } from '@trpc-kafka/core/internal';
import type { KafkaHandlerSettings } from '../options.js';

/** Longest wait between attempts that a timer can count. */
const maxWaitMs = 2 ** 31 - 1;

/** @throws KafkaTransportError `INVALID_OPTION` that names the setting. */
export function assertHandlerSettings(settings: KafkaHandlerSettings): void {
  const { maxConcurrentCalls, maxStreams, maxMessageBytes, clockSkewMs, oneWay = {} } = settings;
  assertWhole(maxConcurrentCalls, { name: 'maxConcurrentCalls' });
  assertWhole(maxStreams, { name: 'maxStreams' });
  assertWhole(maxMessageBytes, { name: 'maxMessageBytes' });
  assertWhole(clockSkewMs, { name: 'clockSkewMs', min: 0 });
  assertWhole(oneWay.maxConcurrentCalls, { name: 'oneWay.maxConcurrentCalls' });
  assertWhole(oneWay.maxUncommitted, { name: 'oneWay.maxUncommitted' });
  assertRetry(oneWay, 'oneWay.');
}

/** @throws KafkaTransportError `INVALID_OPTION` that names the setting, behind where it stands. */
export function assertRetry(retry: KafkaRetryOptions, where: string): void {
  assertWhole(retry.attempts, { name: `${where}attempts` });
  assertWhole(retry.initialDelayMs, { name: `${where}initialDelayMs`, min: 0, max: maxWaitMs });
  assertWhole(retry.maxDelayMs, { name: `${where}maxDelayMs`, min: 0, max: maxWaitMs });
}
