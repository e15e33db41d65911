/**
 * @trpc-kafka/adapter: the tRPC server side over Kafka.
 * The way of a call: [requests topic] → request-consumer → call-reader → dispatcher → call-runner (or stream-session)
 * → reply → reply-sender → [replies topic]. Beside it: [control topic] → control-consumer → dispatcher.
 */
export { applyKafkaHandler, type KafkaHandler } from './kafka-handler.js';
export type {
  CreateKafkaContextFn,
  CreateKafkaContextOptions,
  KafkaHandlerCounter,
  KafkaHandlerEvent,
  KafkaHandlerOptions,
  KafkaHandlerSettings,
  KafkaRequest,
  OneWayOptions,
} from './options.js';
