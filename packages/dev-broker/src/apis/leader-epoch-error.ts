/**
 * Compares the leader epoch a client knows with the partition's (KIP-320).
 *
 * Owns: that check, which Fetch, ListOffsets and OffsetForLeaderEpoch share.
 */
import type { Partition } from '../cluster/partition.js';
import { type ErrorCode, errorCodes } from '../protocol/error-codes.js';

/** NONE for a client that knows the epoch or does not care (-1). */
export function leaderEpochError(partition: Partition, knownEpoch: number): ErrorCode {
  if (knownEpoch < 0 || knownEpoch === partition.leaderEpoch) return errorCodes.NONE;
  return knownEpoch < partition.leaderEpoch
    ? errorCodes.FENCED_LEADER_EPOCH
    : errorCodes.UNKNOWN_LEADER_EPOCH;
}
