/** Refuses service definitions that would show as topics nobody meets on, or as brokers that refuse them. */
import { KafkaTransportError } from '../errors/transport-error.js';
import type { KafkaServiceOptions } from './service-options.js';
import { type ServiceTopicRole, type TopicOverrides, topicDefaults } from './topic-settings.js';

const optionNames: Readonly<Record<keyof KafkaServiceOptions, true>> = {
  name: true,
  topicPrefix: true,
  groupId: true,
  topics: true,
};

const settingNames: Readonly<Record<keyof TopicOverrides, true>> = {
  topic: true,
  partitions: true,
  retentionMs: true,
  replicationFactor: true,
  config: true,
};

/** Kafka's own sign for what is kept for ever. */
const forEverMs = -1;

/** @throws KafkaTransportError `INVALID_OPTION` that names the option. Names of topics are looked at when they are complete. */
export function assertServiceOptions(options: KafkaServiceOptions): void {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(optionNames, name)) throw unknown(`"${name}" is no option`, optionNames);
  }
  const { name, topicPrefix, groupId, topics } = options;
  assertText('name', name);
  if (topicPrefix !== undefined) assertText('topicPrefix', topicPrefix);
  if (groupId !== undefined) assertText('groupId', groupId);
  if (groupId === '') throw invalidService('groupId is empty', 'give a text, or leave it out');
  if (topics === undefined) return;
  for (const [role, given] of Object.entries(topics)) {
    if (!Object.hasOwn(topicDefaults, role))
      throw unknown(`"${role}" is no topic of a service`, topicDefaults);
    if (given !== undefined && typeof given !== 'string') assertOverrides(role as ServiceTopicRole, given);
  }
}

function assertOverrides(role: ServiceTopicRole, given: TopicOverrides): void {
  if (typeof given !== 'object' || given === null) {
    throw invalidService(`topics.${role} is of type ${typeof given}`, 'give a name or settings');
  }
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(settingNames, name))
      throw unknown(`"${name}" is no setting of topics.${role}`, settingNames);
  }
  const { partitions, retentionMs, replicationFactor, config } = given;
  assertFromOne(`topics.${role}.partitions`, partitions);
  assertFromOne(`topics.${role}.replicationFactor`, replicationFactor);
  if (retentionMs !== forEverMs) assertFromOne(`topics.${role}.retentionMs`, retentionMs);
  for (const [name, value] of Object.entries(config ?? {})) {
    assertText(`"${name}" of topics.${role}.config`, value);
    if (name === 'cleanup.policy' && role !== 'outcomes' && value.includes('compact')) {
      throw invalidService(
        `topics.${role} is to be compacted, which would remove calls that were not yet read`,
        'leave cleanup.policy out',
      );
    }
  }
}

function assertFromOne(name: string, value: unknown): void {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 1)) return;
  const what = typeof value === 'number' ? String(value) : `of type ${typeof value}`;
  throw invalidService(`${name} is ${what}`, 'give a whole number from 1');
}

function assertText(name: string, value: unknown): void {
  if (typeof value === 'string') return;
  throw invalidService(`${name} is of type ${typeof value}`, 'give a text');
}

function unknown(what: string, known: object): KafkaTransportError {
  return invalidService(what, `use ${Object.keys(known).join(', ')}`);
}

/** The error for a service definition. */
export function invalidService(what: string, cure: string): KafkaTransportError {
  return new KafkaTransportError({
    code: 'INVALID_OPTION',
    message: `in defineKafkaService: ${what}; ${cure}`,
  });
}
