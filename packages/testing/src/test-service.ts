/** The service of a pair that was told none. */
import { randomBytes } from 'node:crypto';
import { defineKafkaService, type KafkaService } from '@trpc-kafka/core';

/**
 * Defines a service whose name no other pair has: a counter would start again where a test runner loads modules anew.
 * More than one partition per topic, so that keys and order matter as in production; few, so that it is made quickly.
 */
export function defineTestService(): KafkaService {
  return defineKafkaService({
    name: `test-${randomBytes(6).toString('hex')}`,
    topics: {
      requests: { partitions: 3 },
      oneWay: { partitions: 3 },
      control: { partitions: 2 },
      replies: { partitions: 2 },
    },
  });
}
