import { describe, expect, test } from 'vitest';
import { defineKafkaService, replyTopicOf } from './kafka-service.js';
import type { KafkaServiceOptions } from './service-options.js';

describe('defineKafkaService', () => {
  test('names everything after the service', () => {
    const { groupId, oneWayGroupId, topics } = defineKafkaService({
      name: 'flights',
      topicPrefix: 'staging.',
    });
    expect([groupId, oneWayGroupId]).toEqual(['staging.flights', 'staging.flights.one-way']);
    expect(Object.values(topics).map(({ topic }) => topic)).toEqual([
      'staging.flights.requests',
      'staging.flights.one-way',
      'staging.flights.control',
      'staging.flights.replies',
      'staging.flights.dead-letter',
      'staging.flights.outcomes',
    ]);
  });

  test('takes a name or settings for single topics', () => {
    const service = defineKafkaService({
      name: 'flights',
      groupId: 'workers',
      topics: {
        requests: { partitions: 48, replicationFactor: 3, config: { 'compression.type': 'gzip' } },
        oneWay: { retentionMs: -1 },
        control: 'flights-control',
      },
    });
    expect(service.topics.requests).toMatchObject({ topic: 'flights.requests', partitions: 48 });
    expect(service.topics.oneWay).toMatchObject({ retentionMs: -1, partitions: 12 });
    expect(service.topics.control.topic).toBe('flights-control');
    expect(replyTopicOf(service, 'checkout').topic).toBe('checkout.replies');
  });

  test.each<[string, object, string]>([
    ['an option that is none', { groupID: 'x' }, '"groupID" is no option'],
    ['no name', { name: '' }, '"" cannot begin the name of a topic'],
    ['a name that is no text', { name: 5 }, 'name is of type number'],
    ['a name with a space', { name: 'a b' }, '"a b" cannot begin the name of a topic'],
    ['an empty group', { groupId: '' }, 'groupId is empty'],
    [
      'calls that are to be compacted',
      { topics: { requests: { config: { 'cleanup.policy': 'compact,delete' } } } },
      'topics.requests is to be compacted',
    ],
    ['a group that is no text', { groupId: 5 }, 'groupId is of type number'],
    ['a prefix that is no text', { topicPrefix: null }, 'topicPrefix is of type object'],
    ['a role that is none', { topics: { request: 'x' } }, '"request" is no topic of a service'],
    [
      'a setting that is none',
      { topics: { requests: { partition: 3 } } },
      '"partition" is no setting of topics.requests',
    ],
    ['no setting at all', { topics: { requests: 7 } }, 'topics.requests is of type number'],
    ['a topic without a name', { topics: { requests: '' } }, '"" is no name of a topic'],
    ['no partitions', { topics: { requests: { partitions: 0 } } }, 'topics.requests.partitions is 0'],
    ['half a partition', { topics: { requests: { partitions: 1.5 } } }, 'topics.requests.partitions is 1.5'],
    ['no retention', { topics: { control: { retentionMs: 0 } } }, 'topics.control.retentionMs is 0'],
    [
      'a retention of NaN',
      { topics: { control: { retentionMs: Number.NaN } } },
      'topics.control.retentionMs is NaN',
    ],
    [
      'half a replica',
      { topics: { replies: { replicationFactor: 0.5 } } },
      'topics.replies.replicationFactor is 0.5',
    ],
    [
      'a config that is no text',
      { topics: { oneWay: { config: { 'segment.ms': 5 } } } },
      '"segment.ms" of topics.oneWay.config is of type number',
    ],
    [
      'one topic for two roles',
      { topics: { requests: 'x', oneWay: 'x' } },
      'topics.requests and topics.oneWay are both "x"',
    ],
  ])('refuses %s', (_, options, reason) => {
    const define = (): unknown => defineKafkaService({ name: 'flights', ...options } as KafkaServiceOptions);
    expect(define).toThrow(`INVALID_OPTION: in defineKafkaService: ${reason}`);
  });
});
