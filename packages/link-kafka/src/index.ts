/**
 * @trpc-kafka/link: the tRPC client side over Kafka. The folders are the way of a call:
 * link/ (tRPC's operation, its shapes in operations/) → calls/ (who waits, until when) → requests/ (the record) → [requests topic];
 * back: [replies topic] → replies/ → calls/ → link/, of subscriptions and streamed results by way of streams/.
 * Beside it: one-way/; gather/, for calls that every server instance answers; client/ puts the parts together.
 */
export { type KafkaCallOptions, kafkaContext } from './calls/call-options.js';
export { createKafkaClient, type KafkaClient } from './client/kafka-client.js';
export { type DiscoveredServer, type DiscoverOptions, discover } from './gather/discover.js';
export type { GatherAnswer, GatherAnswerer } from './gather/gather-answer.js';
export type { GatherLimits, KafkaGatherOptions } from './gather/gather-options.js';
export type { GatherEnd, GatherEndReason, GatherFailure, Gathering } from './gather/gathering.js';
export {
  createKafkaGatherer,
  type GatherAnswerOf,
  type GatherQuery,
  type KafkaGatherer,
  type KafkaGathererOptions,
} from './gather/kafka-gatherer.js';
export {
  type BatchLinkHeaders,
  type KafkaBatchLinkOptions,
  kafkaBatchLink,
} from './link/kafka-batch-link.js';
export { type KafkaLinkOptions, kafkaLink, type LinkHeaders } from './link/kafka-link.js';
export {
  createKafkaEmitter,
  type EmitMutation,
  type KafkaEmitOptions,
  type KafkaEmitter,
  type KafkaEmitterOptions,
} from './one-way/kafka-emitter.js';
export type { KafkaReplyMeta } from './operations/transform-response.js';
export type {
  ConnectionParams,
  KafkaClientCounter,
  KafkaClientEvent,
  KafkaClientOptions,
  KeepAliveOptions,
  LazyOptions,
} from './options.js';
export { createStreamPace, type StreamPace } from './streams/stream-pace.js';
