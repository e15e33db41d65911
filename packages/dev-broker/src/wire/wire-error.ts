/**
 * Bytes that cannot be what they claim to be. A broker answers them as Kafka does, by closing the
 * connection: where the frame is broken nothing after it can be trusted either.
 */
export class WireError extends Error {
  override readonly name = 'WireError';
}
