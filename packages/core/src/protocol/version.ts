/**
 * Protocol: the grammar of records, the same for every driver, on both sides (PROTOCOL.md describes it for other implementers).
 * Owns: headers, envelopes, bundles, addresses, topic names, deadlines. All of it pure: no clock, timer, socket or Kafka client.
 * Must not know: drivers, tRPC's runtime, Node's timers.
 */

/** The major version in every record. A reader refuses any other: fields may be added within it, meanings never change. */
export const protocolVersion = 1;

/** What this implementation understands beyond the first version's grammar; told in `started`. */
export const protocolFeatures: readonly string[] = ['bundle', 'cancel', 'credit', 'lease', 'gather', 'hello'];
