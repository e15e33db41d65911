/** Every limit a reader sets; PROTOCOL.md lists them for writers, and a test holds the two together. Lengths are in UTF-16 code units. */

/** Longest `trpc-kafka` header. */
export const maxHeaderLength = 1024;

/** Most envelopes a bundle may have; a longer one is refused whole. */
export const maxBundleItems = 1024;

/** Longest id of a call that is a text. */
export const maxIdLength = 128;

/** Longest path of a procedure. */
export const maxPathLength = 1024;

/** Longest id of a tracked event: Node's limit for all headers of an HTTP request, where tRPC's SSE carries it. */
export const maxEventIdLength = 16_384;

/** Longest idempotency key. Servers remember them, so they are kept short. */
export const maxIdempotencyKeyLength = 1024;

/** Most features a `started` may list; what stands behind them is ignored. */
export const maxFeatures = 64;

/** Longest time a caller may wait: one day. Anything above is a mistake, or hostile. */
export const maxTimeoutMs: number = 24 * 60 * 60 * 1000;

/** Longest time a one-way call may stay worth carrying out: what a timer can count, 24 days. Its topic keeps it for 7 by default. */
export const maxOneWayTimeoutMs: number = 2 ** 31 - 1;

/** Longest time a server keeps the streams of a client it does not hear from: one hour. */
export const maxLeaseMs: number = 60 * 60 * 1000;

/** Longest reason for which a stream was lost. */
export const maxReasonLength = 64;

/** Longest text by which a server instance tells of itself: its service, software, state, a topic. */
export const maxNameLength = 256;

/** Most procedures, topics and partitions of a topic that a hello reply may list; what stands behind them is ignored. */
export const maxListed = 10_000;

/** Latest time, in ms since 1970: 15 digits, the year 33658. */
export const maxTimeMs = 999_999_999_999_999;
