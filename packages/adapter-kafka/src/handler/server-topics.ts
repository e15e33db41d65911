/** The topics that a server instance works with. */
import type { KafkaService } from '@trpc-kafka/core';
import type { TopicSettings } from '@trpc-kafka/core/internal';
import type { KafkaHandlerSettings } from '../options.js';

/** Those that must exist before the handler is ready. */
export function serverTopics(
  { topics }: KafkaService,
  { duplicates }: Pick<KafkaHandlerSettings, 'duplicates'>,
): readonly TopicSettings[] {
  const { requests, oneWay, control, deadLetter, outcomes } = topics;
  const always = [requests, oneWay, control, deadLetter];
  return duplicates?.store === 'topic' ? [...always, outcomes] : always;
}
