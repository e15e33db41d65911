/**
 * Tells the handler's logger what the Kafka driver goes through: troubles when they begin, and their end.
 * A client's logger has its own words for it (lost, connected); a handler has no connection but this.
 */
import {
  type DriverEvent,
  isKafkaTransportError,
  type KafkaDriver,
  type TransportLogger,
} from '@trpc-kafka/core';

/** A group that is not read from fails with each attempt to join again: the same failure is told once in so long a time. */
const repeatAfterMs = 60_000;

type GroupFailure = Extract<DriverEvent, { type: 'group-failed' }>;
type InboxEvent = Extract<DriverEvent, { type: 'inbox-interrupted' | 'inbox-recovered' }>;

/** Logs the events of a driver; returns what ends it. */
export function logDriverEvents(
  driver: Pick<KafkaDriver, 'on'>,
  logger: TransportLogger,
  now: () => number = Date.now,
): () => void {
  const told = new Map<string, number>();
  /** Inboxes that were told of. */
  const unread = new Set<string>();
  let troubled = false;

  function logGroup({ groupId, error, restarting }: GroupFailure): void {
    const failure = `${groupId} ${(error as { code?: string }).code}`;
    const toldMs = told.get(failure);
    if (toldMs !== undefined && now() - toldMs < repeatAfterMs) return;
    told.set(failure, now());
    logger.error({ err: error, groupId, restarting }, 'calls are not read');
  }

  /** Lost brokers are told by whoever looks for them; what waiting does not cure, as a right that is missing, by nobody else. */
  function logInbox(event: InboxEvent): void {
    const { topic, partition } = event;
    const inbox = `${topic}/${partition}`;
    if (event.type === 'inbox-recovered') {
      if (unread.delete(inbox)) logger.info({ topic, partition }, 'an inbox can be read again');
    } else if (isKafkaTransportError(event.error) && !event.error.retryable) {
      unread.add(inbox);
      logger.error({ err: event.error, topic, partition }, 'an inbox cannot be read');
    }
  }

  function logConnected({ brokers }: { readonly brokers: readonly string[] }): void {
    if (troubled) logger.info({ brokers }, 'a broker can be reached again');
    told.clear();
  }

  return driver.on((event) => {
    // Not all of them: what is left out passes by itself, or is told by those it concerns.
    if (event.type === 'connection-failed') {
      troubled = true;
      logger.warn({ err: event.error, brokers: event.brokers }, 'a broker cannot be reached');
    } else if (event.type === 'connected') {
      logConnected(event);
    } else if (event.type === 'inbox-interrupted' || event.type === 'inbox-recovered') {
      logInbox(event);
    } else if (event.type === 'group-failed') {
      logGroup(event);
    } else if (event.type === 'group-interrupted') {
      logger.warn(
        { err: event.error, groupId: event.groupId },
        'the coordinator of a group cannot be reached',
      );
    } else if (event.type === 'group-recovered') {
      logger.info({ groupId: event.groupId }, 'the coordinator of a group can be reached again');
    } else if (event.type === 'group-position-lost' || event.type === 'inbox-position-lost') {
      logger.error({ ...event }, 'records are gone that were not yet read');
    } else if (event.type === 'records-skipped') {
      logger.error({ ...event, err: event.error }, 'records could not be read and were skipped');
    }
  });
}
