/**
 * Makes a running handler's topics anew when its brokers come back without them, as those of a development machine that
 * keep nothing. A topic that somebody deletes comes back likewise, as at the next start.
 */
import {
  type DriverEvent,
  isKafkaTransportError,
  type KafkaDriver,
  type KafkaService,
  type TransportLogger,
} from '@trpc-kafka/core';
import { ensureTopics, type TopicSettings } from '@trpc-kafka/core/internal';

/** What a handler that mends its topics works with. */
export interface MendTopicsOptions {
  readonly driver: KafkaDriver;
  readonly service: KafkaService;
  readonly logger: TransportLogger;
  /** Those that are made anew. */
  readonly topics: readonly TopicSettings[];
}

/** Mends the topics of a service whenever one of them is found missing; returns what ends it. */
export function mendTopics({ driver, service, logger, topics }: MendTopicsOptions): () => void {
  const { control } = service.topics;
  let mending = false;

  function isMissing(event: DriverEvent): boolean {
    if (event.type !== 'group-failed' && event.type !== 'inbox-interrupted') return false;
    if (!isKafkaTransportError(event.error) || event.error.code !== 'TOPIC_MISSING') return false;
    return event.type === 'group-failed'
      ? event.groupId === service.groupId || event.groupId === service.oneWayGroupId
      : event.topic === control.topic;
  }

  async function mend(): Promise<void> {
    mending = true;
    try {
      await ensureTopics(driver, topics, 'create');
      logger.warn(
        { service: service.name },
        'a topic was missing; the topics of the service are there again',
      );
    } catch (error) {
      // Whoever reads from them goes on looking for them, and leads back here.
      logger.error({ err: error, service: service.name }, 'topics are missing and could not be created');
    } finally {
      mending = false;
    }
  }

  return driver.on((event) => {
    if (!mending && isMissing(event)) void mend();
  });
}
