/** What a service definition is made from. */
import type { ServiceTopicRole, TopicOverrides } from './topic-settings.js';

/** What `defineKafkaService` takes. */
export interface KafkaServiceOptions {
  /** The service's name: the first part of its topics' names and of its group ids. */
  readonly name: string;
  /** Put before every topic name, for clusters shared by several environments: `staging.`. @default '' */
  readonly topicPrefix?: string;
  /** The consumer group of the server instances; one-way calls use `<groupId>.one-way`. @default the prefixed name */
  readonly groupId?: string;
  /** Names, partitions, retention, replication of single topics. A text is a name, used as it is. @default the settings of each role */
  readonly topics?: Partial<Readonly<Record<ServiceTopicRole, string | TopicOverrides>>>;
}
