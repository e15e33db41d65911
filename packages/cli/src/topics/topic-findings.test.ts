import type { TopicDescription, TopicSpec } from '@trpc-kafka/core';
import { expect, test } from 'vitest';
import { findingsOf } from './topic-findings.js';

const wanted: TopicSpec = {
  topic: 'flights.requests',
  partitions: 12,
  config: {
    'cleanup.policy': 'delete',
    'retention.ms': '3600000',
    'message.timestamp.type': 'LogAppendTime',
    'max.message.bytes': '1048588',
  },
};
const right: TopicDescription = { ...wanted, replicationFactor: 3 };
const levelsOf = (found: TopicDescription | undefined, spec = wanted): string[] =>
  findingsOf(spec, found).map(({ level, what }) => `${level}: ${what}`);
const withConfig = (name: string, value: string): TopicDescription => ({
  ...right,
  config: { ...right.config, [name]: value },
});

test('nothing is found where a topic is as wanted, or allows more', () => {
  expect(levelsOf(right)).toEqual([]);
  expect(levelsOf({ ...right, partitions: 48 })).toEqual([]);
  expect(levelsOf(withConfig('retention.ms', '-1'))).toEqual([]);
  expect(levelsOf(withConfig('max.message.bytes', '2000000'))).toEqual([]);
});

test('a topic that is missing, or loses calls, is a problem', () => {
  expect(levelsOf(undefined)).toEqual(['problem: does not exist']);
  expect(levelsOf(withConfig('cleanup.policy', 'compact'))).toEqual([
    expect.stringMatching(/^problem: has cleanup\.policy=compact, the service wants delete/),
  ]);
});

test.each([
  ['retention.ms', '60000'],
  ['message.timestamp.type', 'CreateTime'],
  ['max.message.bytes', '1000'],
])('%s=%s is a difference, with the command that ends it', (name, value) => {
  const [finding, ...others] = findingsOf(wanted, withConfig(name, value));
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ level: 'difference', topic: wanted.topic });
  expect(finding!.cure).toContain(`--add-config ${name}=${wanted.config[name]}`);
});

test('too few partitions and replicas differ; a single replica that nobody spoke of, and settings that cannot be read, are notes', () => {
  expect(levelsOf({ ...right, partitions: 3 })).toEqual([
    expect.stringMatching(/^difference: has 3 partitions/),
  ]);
  expect(levelsOf({ ...right, replicationFactor: 1 }, { ...wanted, replicationFactor: 3 })).toEqual([
    'difference: has 1 replicas, the service wants 3',
  ]);
  expect(levelsOf({ ...right, replicationFactor: 1 })).toEqual([
    expect.stringMatching(/^note: has one replica/),
  ]);
  const configError = new Error('not for you');
  expect(levelsOf({ ...right, config: {}, configError })).toEqual([
    'note: its settings could not be read: not for you',
  ]);
});

test('a topic that is meant to be compacted is no problem', () => {
  const compacted = { ...wanted, config: { 'cleanup.policy': 'compact,delete' } };
  expect(levelsOf({ ...right, config: { 'cleanup.policy': 'compact,delete' } }, compacted)).toEqual([]);
  const [finding] = findingsOf(compacted, { ...right, config: { 'cleanup.policy': 'compact' } });
  expect(finding).toMatchObject({ level: 'difference' });
  expect(finding!.cure).toContain('cleanup.policy=[compact,delete]');
});
