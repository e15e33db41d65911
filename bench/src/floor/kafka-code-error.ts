/** An error code of an answer. */

/** What a node says of a topic it has not heard of yet, or that has no leader yet: it goes away by itself. */
const passingCodes: ReadonlySet<number> = new Set([3, 5, 6]);

/** A broker refused what it was asked. */
export class KafkaCodeError extends Error {
  override readonly name = 'KafkaCodeError';
  /** Whether to ask again makes sense. */
  readonly isPassing: boolean;

  constructor(what: string, kafkaCode: number) {
    super(
      `${what}: the broker answered error ${kafkaCode}, see https://kafka.apache.org/protocol#protocol_error_codes`,
    );
    this.isPassing = passingCodes.has(kafkaCode);
  }
}

/** Throws unless the code is 0. */
export function assertNoError(kafkaCode: number, what: string): void {
  if (kafkaCode !== 0) throw new KafkaCodeError(what, kafkaCode);
}
