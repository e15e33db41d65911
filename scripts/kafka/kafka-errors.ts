export type KafkaClusterErrorCode =
  /** Nothing on this machine can start a Kafka, or it was asked not to be started. */
  | 'KAFKA_UNAVAILABLE'
  /** A cluster of that name is running already. */
  | 'NAME_TAKEN'
  /** A node could not even be started: storage not formatted, container not made. */
  | 'START_FAILED'
  /** A node ended by itself; the message has the end of its log. */
  | 'NODE_ENDED'
  /** The nodes run, but did not become one whole cluster in time; the message says what was missing last. */
  | 'NOT_READY'
  /** A node did not end in the time given for a controlled shutdown. */
  | 'STOP_TIMED_OUT';

/** Everything that goes wrong around a Kafka for tests: a stable code, and one message to act on. */
export class KafkaClusterError extends Error {
  readonly code: KafkaClusterErrorCode;

  constructor(code: KafkaClusterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KafkaClusterError';
    this.code = code;
  }
}

export function isKafkaClusterError(
  error: unknown,
  code?: KafkaClusterErrorCode,
): error is KafkaClusterError {
  return error instanceof KafkaClusterError && (code === undefined || error.code === code);
}
