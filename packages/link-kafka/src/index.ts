/**
 * @trpc-kafka/link: the tRPC client side over Kafka.
 * The way of a call: kafka-link → start-operation → call-starter → request-sender → [requests topic];
 * back: [replies topic] → reply-inbox → pending-calls → run-call or run-subscription → observer.
 */
export { type KafkaCallOptions, kafkaContext } from './call-options.js';
export { createKafkaClient, type KafkaClient } from './kafka-client.js';
export {
  createKafkaEmitter,
  type EmitMutation,
  type KafkaEmitOptions,
  type KafkaEmitter,
  type KafkaEmitterOptions,
} from './kafka-emitter.js';
export { type KafkaLinkOptions, kafkaLink, type LinkHeaders } from './kafka-link.js';
export type {
  ConnectionParams,
  KafkaClientCounter,
  KafkaClientEvent,
  KafkaClientOptions,
} from './options.js';
export type { KafkaReplyMeta } from './transform-response.js';
