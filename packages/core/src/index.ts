export type { DeadLetter, DeadLetterFilter } from './dead-letters/dead-letter.js';
export { type DeadLettersQuery, listDeadLetters } from './dead-letters/list-dead-letters.js';
export {
  type ReplayOptions,
  type ReplayOutcome,
  type ReplayReport,
  replayDeadLetters,
} from './dead-letters/replay-dead-letters.js';
export type { DriverEvent, DriverEventListener } from './driver/driver-event.js';
export type {
  AssignedPartition,
  CommitMoment,
  CommitOffset,
  GroupConsumer,
  GroupConsumerOptions,
} from './driver/group-consumer.js';
export type { InboxConsumer, InboxConsumerOptions, InboxStart } from './driver/inbox-consumer.js';
export type { KafkaDriver, ProduceOutcome } from './driver/kafka-driver.js';
export type { KafkajsDriverOptions } from './driver/kafkajs/kafkajs-driver.js';
export { createKafkajsDriver } from './driver/kafkajs/kafkajs-driver.js';
export type {
  FetchedRange,
  FetchPosition,
  FetchRequest,
  Isolation,
  PartitionFetch,
  PartitionFetcher,
  PartitionFetcherOptions,
  UnreadableRange,
} from './driver/partition-fetcher.js';
export type {
  FetchedRecords,
  IncomingHeaders,
  IncomingRecord,
  OutgoingHeader,
  OutgoingHeaders,
  OutgoingRecord,
  RecordPosition,
} from './driver/record.js';
export type { TopicDescription, TopicOffsetsQuery, TopicSpec } from './driver/topic-spec.js';
export type { KafkaTransportErrorCode, KafkaTransportErrorOptions } from './errors/transport-error.js';
export { isKafkaTransportError, KafkaTransportError } from './errors/transport-error.js';
export type {
  GroupHealthDetails,
  HealthDetails,
  HealthOptions,
  HealthReason,
  HealthReasonCode,
  HealthReport,
  HealthState,
  InboxHealthDetails,
} from './health/health-report.js';
export type {
  IncomingInterception,
  InterceptedCall,
  OutgoingInterception,
  RecordInterceptor,
  RecordPurpose,
} from './interceptors/record-interceptor.js';
export {
  type Closable,
  type CloseOnSignalOptions,
  closeOnSignal,
} from './lifecycle/close-on-signal.js';
export type { TransportLogger } from './observability/logger.js';
export type { RecordCodec } from './protocol/record-codec.js';
export type {
  KafkaDelivery,
  KafkaMeta,
  KafkaProcedureOptions,
  KafkaRetryOptions,
} from './service/kafka-meta.js';
export { defineKafkaService, type KafkaService } from './service/kafka-service.js';
export type { KafkaServiceOptions } from './service/service-options.js';
export type { ServiceTopicRole, TopicOverrides, TopicSettings } from './service/topic-settings.js';
