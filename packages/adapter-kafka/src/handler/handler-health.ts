/**
 * How a handler is, from what its driver tells and from what it opened itself.
 * Owns: who is listened to, and when. What it means is decided in core's health/, which is pure.
 * Must not know: records, calls, HTTP.
 */
import type {
  DriverEvent,
  GroupConsumerOptions,
  HealthOptions,
  HealthReport,
  KafkaDriver,
} from '@trpc-kafka/core';
import {
  createInstanceHealth,
  type InstanceEvent,
  judgeInstance,
  reduceInstance,
} from '@trpc-kafka/core/internal';

/** The health of a handler. */
export interface HandlerHealth {
  report(options?: HealthOptions): HealthReport;
  /** Takes in what the handler itself does, and what its driver tells. */
  note(event: InstanceEvent | DriverEvent): void;
  /** What this handler reads with: its groups and inboxes are followed from their opening on. */
  follow(driver: KafkaDriver): FollowedDriver;
}

/** The part of a driver that reads. */
export type FollowedDriver = Pick<KafkaDriver, 'openGroup' | 'openInbox'>;

/** Makes the health of a handler that starts. */
export function createHandlerHealth(service: string, now: () => number = Date.now): HandlerHealth {
  let health = createInstanceHealth(now());

  function note(event: InstanceEvent | DriverEvent): void {
    health = reduceInstance(health, event, now());
  }

  return {
    report: (options) => judgeInstance({ service, health, nowMs: now() }, options),
    note,
    follow: (driver) => followDriver(driver, note),
  };
}

/**
 * A driver's events name groups and partitions, whoever opened them, and none says when a member knows its positions.
 * The callbacks of a group do; none of those that are called for records is touched.
 */
function followDriver(driver: KafkaDriver, note: (event: InstanceEvent) => void): FollowedDriver {
  return {
    openGroup(options) {
      const { groupId, topic } = options;
      note({ type: 'group-opened', groupId, topic });
      return driver.openGroup(followGroup(options, note));
    },
    openInbox(options) {
      const { topic, partition } = options;
      note({ type: 'inbox-asked-for', topic, partition });
      return driver.openInbox(options);
    },
  };
}

function followGroup(
  options: GroupConsumerOptions,
  note: (event: InstanceEvent) => void,
): GroupConsumerOptions {
  const { groupId } = options;
  return {
    ...options,
    onAssigned(partitions) {
      note({ type: 'group-positioned', groupId, partitions: partitions.length });
      options.onAssigned(partitions);
    },
    offsetsToCommit(moment) {
      if (moment === 'interval') note({ type: 'group-confirmed', groupId });
      return options.offsetsToCommit(moment);
    },
  };
}
