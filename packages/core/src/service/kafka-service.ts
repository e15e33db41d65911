/**
 * Service: how one service uses Kafka, decided in one place and imported by both sides.
 * Owns: names, partitions and retention of a service's topics, its group ids.
 * Must not know: drivers, tRPC, whether a client or a server is using it.
 */
import { KafkaTransportError } from '../errors/transport-error.js';
import { isTopicName } from '../protocol/inbox-address.js';
import {
  type ServiceTopicRole,
  type TopicOverrides,
  type TopicSettings,
  topicDefaults,
} from './topic-settings.js';

/** What {@link defineKafkaService} takes. */
export interface KafkaServiceOptions {
  /** The service's name: the first part of its topics' names and of its group ids. */
  readonly name: string;
  /** Put before every topic name, for clusters shared by several environments: `staging.`. @default '' */
  readonly topicPrefix?: string;
  /** The consumer group of the server instances; one-way calls use `<groupId>.one-way`. @default the prefixed name */
  readonly groupId?: string;
  /** Names, partitions, retention, replication of single topics. A text is a name, used as it is. */
  readonly topics?: Partial<Readonly<Record<ServiceTopicRole, string | TopicOverrides>>>;
}

/** A service definition. Made by {@link defineKafkaService}. */
export interface KafkaService {
  readonly name: string;
  readonly topicPrefix: string;
  readonly groupId: string;
  readonly oneWayGroupId: string;
  readonly topics: Readonly<Record<ServiceTopicRole, TopicSettings>>;
}

const optionNames: readonly string[] = ['name', 'topicPrefix', 'groupId', 'topics'];

/**
 * Defines how a service uses Kafka. Servers and clients import the same definition, so that they meet on the same topics.
 *
 * @throws KafkaTransportError with code `INVALID_OPTION` that names the option.
 * @example
 * export const flightsService = defineKafkaService({ name: 'flights' });
 * @example
 * export const flightsService = defineKafkaService({
 *   name: 'flights',
 *   topicPrefix: 'staging.',
 *   topics: { requests: { partitions: 48 }, oneWay: { retentionMs: 14 * 86_400_000 } },
 * });
 */
export function defineKafkaService(options: KafkaServiceOptions): KafkaService {
  for (const name of Object.keys(options)) {
    if (!optionNames.includes(name)) throw invalid(`"${name}" is no option`, `use ${optionNames.join(', ')}`);
  }
  const prefix = options.topicPrefix ?? '';
  const base = `${prefix}${options.name}`;
  if (options.name === '' || !isTopicName(base)) {
    throw invalid(`"${base}" cannot begin the name of a topic`, 'use letters, digits, ".", "_" and "-"');
  }
  const groupId = options.groupId ?? base;
  return {
    name: options.name,
    topicPrefix: prefix,
    groupId,
    oneWayGroupId: `${groupId}.one-way`,
    topics: {
      requests: settingsOf('requests', base, options),
      oneWay: settingsOf('oneWay', base, options),
      control: settingsOf('control', base, options),
      replies: settingsOf('replies', base, options),
      deadLetter: settingsOf('deadLetter', base, options),
    },
  };
}

/** Takes a definition, or just a name. */
export function toKafkaService(service: KafkaService | string): KafkaService {
  return typeof service === 'string' ? defineKafkaService({ name: service }) : service;
}

/** The reply topic of a client application: `<app>.replies`, or the service's own when no app is named. */
export function replyTopicOf(service: KafkaService, app: string | undefined): TopicSettings {
  if (app === undefined) return service.topics.replies;
  const topic = `${service.topicPrefix}${app}.replies`;
  if (!isTopicName(topic))
    throw invalid(`app "${app}" cannot be the name of a topic`, 'use letters, digits, ".", "_" and "-"');
  return { ...service.topics.replies, topic };
}

function settingsOf(role: ServiceTopicRole, base: string, options: KafkaServiceOptions): TopicSettings {
  const { suffix, ...defaults } = topicDefaults[role];
  const given = options.topics?.[role];
  const overrides = typeof given === 'string' ? { topic: given } : (given ?? {});
  const config = { ...defaults.config, ...overrides.config };
  const settings = {
    ...defaults,
    topic: `${base}${suffix}`,
    ...overrides,
    ...(Object.keys(config).length === 0 ? {} : { config }),
  };
  if (!isTopicName(settings.topic))
    throw invalid(`"${settings.topic}" is no name of a topic`, `set topics.${role}`);
  if (!Number.isInteger(settings.partitions) || settings.partitions < 1) {
    throw invalid(`topics.${role}.partitions is ${settings.partitions}`, 'give a whole number from 1');
  }
  return settings;
}

function invalid(what: string, cure: string): KafkaTransportError {
  return new KafkaTransportError({
    code: 'INVALID_OPTION',
    message: `in defineKafkaService: ${what}; ${cure}`,
  });
}
