/** What is remembered when nothing else is said. */
import { type KafkaService, KafkaTransportError } from '@trpc-kafka/core';
import type { DuplicateOptions } from '../options.js';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const mebibyte = 1024 * 1024;

/** The settings, with what goes without saying: a topic is for a longer time, and so for more. */
export function duplicateDefaults(
  given: DuplicateOptions = {},
  service: KafkaService,
): Required<Omit<DuplicateOptions, 'scope'>> {
  const { store = 'memory' } = given;
  const isTopic = store === 'topic';
  const { retentionMs, topic } = service.topics.outcomes;
  const longestMs = retentionMs < 0 ? dayMs : retentionMs;
  const windowMs = given.windowMs ?? (isTopic ? longestMs : 10 * minuteMs);
  if (isTopic && retentionMs >= 0 && windowMs > retentionMs) {
    throw new KafkaTransportError({
      code: 'INVALID_OPTION',
      message: `duplicates.windowMs is ${windowMs}, but topic ${topic} keeps records for ${retentionMs} ms: raise topics.outcomes.retentionMs in the service definition, or lower windowMs`,
    });
  }
  return {
    store,
    windowMs,
    maxEntries: given.maxEntries ?? (isTopic ? 100_000 : 10_000),
    maxBytes: given.maxBytes ?? (isTopic ? 64 : 16) * mebibyte,
  };
}
