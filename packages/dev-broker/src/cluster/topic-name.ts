/**
 * What a topic may be called (org.apache.kafka.common.internals.Topic).
 *
 * Owns: the rules. Throws INVALID_TOPIC_EXCEPTION.
 */
import { KafkaError } from '../protocol/kafka-error.js';

const MAX_LENGTH = 249;

/** Throws where Kafka would refuse the name. */
export function checkTopicName(name: string): void {
  const refuse = (why: string): never => {
    throw new KafkaError('INVALID_TOPIC_EXCEPTION', `Topic name is invalid: ${why}`);
  };
  if (name === '') refuse('the empty string is not allowed');
  if (name === '.' || name === '..') refuse(`'${name}' is not allowed`);
  if (name.length > MAX_LENGTH) refuse(`its length is ${name.length}, the maximum ${MAX_LENGTH}`);
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    refuse(`'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`);
  }
}

/** Kafka's metric names turn '.' into '_', so two topics must not differ in that alone. */
export function collisionKey(name: string): string {
  return name.replaceAll('.', '_');
}
