/**
 * Real Apache Kafka for tests: start a cluster, take its nodes down and up, leave nothing behind.
 * Owns what `pnpm kafka:up`, `kafka:down` and `kafka:status` and the test support share.
 * It must not know trpc-kafka: it is a Kafka like anybody's.
 */
export { askAnyBroker } from './ask-node.js';
export {
  type KafkaCluster,
  type KafkaClusterOptions,
  startKafkaCluster,
  whyNoKafkaCluster,
} from './kafka-cluster.js';
export { isKafkaClusterError, KafkaClusterError, type KafkaClusterErrorCode } from './kafka-errors.js';
export type { KafkaNode } from './kafka-node.js';
export { findKafkaSource, type KafkaSource } from './kafka-source.js';
export type { KafkaSettings } from './node-settings.js';
export type { SecureListener } from './secure-listener.js';
