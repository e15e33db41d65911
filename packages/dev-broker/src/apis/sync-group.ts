/**
 * SyncGroup: the leader brings the assignments, everyone gets theirs.
 *
 * Owns: the message and its checks. Must not know: timers.
 */
import type { Group } from '../groups/group.js';
import { NO_ASSIGNMENT, type SyncResult } from '../groups/group-member.js';
import { memberError } from '../groups/member-error.js';
import { assign } from '../groups/rebalance.js';
import { errorCodes } from '../protocol/error-codes.js';
import { type Api, defineApi } from '../server/api.js';
import { array, bytes, int16, int32, nullableString, string } from '../wire/primitives.js';
import { type Decoded, struct } from '../wire/struct.js';
import { since, withDefault } from '../wire/wire-type.js';
import { groupFor } from './group-request.js';

const requestFields = {
  groupId: string,
  generationId: int32,
  memberId: string,
  groupInstanceId: withDefault(null, since(3, nullableString)),
  protocolType: withDefault(null, since(5, nullableString)),
  protocolName: withDefault(null, since(5, nullableString)),
  assignments: array(struct({ memberId: string, assignment: bytes })),
};
const response = struct({
  throttleTimeMs: withDefault(0, since(1, int32)),
  errorCode: int16,
  protocolType: since(5, nullableString),
  protocolName: since(5, nullableString),
  assignment: bytes,
});
type SyncRequest = Decoded<typeof requestFields>;

function refused(errorCode: number): SyncResult {
  return { errorCode, protocolType: null, protocolName: null, assignment: NO_ASSIGNMENT };
}

function syncError(group: Group, asked: SyncRequest): number {
  const error = memberError(group, asked.memberId, asked.groupInstanceId);
  if (error !== errorCodes.NONE) return error;
  if (asked.generationId !== group.generationId) return errorCodes.ILLEGAL_GENERATION;
  const isTypeOk = asked.protocolType === null || asked.protocolType === group.protocolType;
  const isNameOk = asked.protocolName === null || asked.protocolName === group.protocolName;
  if (!isTypeOk || !isNameOk) return errorCodes.INCONSISTENT_GROUP_PROTOCOL;
  return group.state === 'PreparingRebalance' ? errorCodes.REBALANCE_IN_PROGRESS : errorCodes.NONE;
}

export const syncGroupApi: Api = defineApi({
  name: 'SyncGroup',
  versions: [0, 5],
  flexibleFrom: 4,
  request: struct(requestFields),
  response,
  handle(asked, context) {
    const group = groupFor(asked.groupId, context);
    if (typeof group === 'number') return refused(group);
    const error = syncError(group, asked);
    if (error !== errorCodes.NONE) return refused(error);
    const member = group.members.get(asked.memberId)!;
    group.pendingSync.delete(member.memberId);
    if (group.state === 'Stable') {
      const { protocolType, protocolName } = group;
      return { errorCode: errorCodes.NONE, protocolType, protocolName, assignment: member.assignment };
    }
    return new Promise<SyncResult>((answer) => {
      member.awaitingSync = answer;
      if (group.leaderId !== member.memberId) return;
      // Kept beyond the request, whose frame may be a slice of a far larger socket buffer.
      const assignments = new Map(asked.assignments.map((a) => [a.memberId, Buffer.from(a.assignment)]));
      assign(group, assignments, context.cluster.settings);
    });
  },
  refuse: (_asked, errorCode) => refused(errorCode),
});
