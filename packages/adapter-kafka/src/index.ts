/**
 * @trpc-kafka/adapter: the tRPC server side over Kafka. The folders are the way of a call:
 * [requests topic] → requests/ (read, judge, keep the books) → calls/ (when and how it runs) → replies/ → [replies topic].
 * Beside it: duplicates/ (mutations that arrive again), control/ (cancels and credit), one-way/ (calls nobody waits for); handler/ puts the parts together.
 * topic-stream/ is for resolvers: a topic as a subscription.
 */
export type { KeptOutcome, OutcomeStore } from './duplicates/outcome.js';
export { applyKafkaHandler, type KafkaHandler } from './handler/kafka-handler.js';
export type {
  CreateKafkaContextFn,
  CreateKafkaContextOptions,
  DuplicateOptions,
  GatherOptions,
  KafkaHandlerCounter,
  KafkaHandlerEvent,
  KafkaHandlerOptions,
  KafkaHandlerSettings,
  KafkaRequest,
  OneWayOptions,
} from './options.js';
export { topicStream } from './topic-stream/topic-stream.js';
export type { MissedRecords, TopicStart, TopicStreamOptions } from './topic-stream/topic-stream-options.js';
