/**
 * Service: how one service uses Kafka, decided in one place and imported by both sides.
 * Owns: names, partitions and retention of a service's topics, its group ids.
 * Must not know: drivers, tRPC, whether a client or a server is using it.
 */
import { isTopicName } from '../protocol/inbox-address.js';
import { assertServiceOptions, invalidService } from './assert-service-options.js';
import type { KafkaServiceOptions } from './service-options.js';
import { type ServiceTopicRole, type TopicSettings, topicDefaults } from './topic-settings.js';

/** A service definition. Made by {@link defineKafkaService}. */
export interface KafkaService {
  readonly name: string;
  readonly topicPrefix: string;
  readonly groupId: string;
  readonly oneWayGroupId: string;
  readonly topics: Readonly<Record<ServiceTopicRole, TopicSettings>>;
}

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
  assertServiceOptions(options);
  const prefix = options.topicPrefix ?? '';
  const base = `${prefix}${options.name}`;
  if (options.name === '' || !isTopicName(base)) {
    throw invalidService(
      `"${base}" cannot begin the name of a topic`,
      'use letters, digits, ".", "_" and "-"',
    );
  }
  const groupId = options.groupId ?? base;
  const topics = {
    requests: settingsOf('requests', base, options),
    oneWay: settingsOf('oneWay', base, options),
    control: settingsOf('control', base, options),
    replies: settingsOf('replies', base, options),
    deadLetter: settingsOf('deadLetter', base, options),
    outcomes: settingsOf('outcomes', base, options),
  };
  assertDistinct(topics);
  return {
    name: options.name,
    topicPrefix: prefix,
    groupId,
    oneWayGroupId: `${groupId}.one-way`,
    topics,
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
    throw invalidService(
      `app "${app}" cannot be the name of a topic`,
      'use letters, digits, ".", "_" and "-"',
    );
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
    throw invalidService(`"${settings.topic}" is no name of a topic`, `set topics.${role}`);
  return settings;
}

/** What stands in one topic is read as of one kind, by one group or by inboxes. */
function assertDistinct(topics: KafkaService['topics']): void {
  const roles = new Map<string, string>();
  for (const [role, { topic }] of Object.entries(topics)) {
    const other = roles.get(topic);
    if (other !== undefined) {
      throw invalidService(
        `topics.${other} and topics.${role} are both "${topic}"`,
        'give each a topic of its own',
      );
    }
    roles.set(topic, role);
  }
}
