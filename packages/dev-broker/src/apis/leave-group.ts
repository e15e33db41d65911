/**
 * LeaveGroup: members go, one or (from version 3) several at once.
 *
 * Owns: the message; an operator may remove static members by their instance id alone (KIP-345).
 */
import { dropPendingMember, type Group } from '../groups/group.js';
import { memberError } from '../groups/member-error.js';
import { removeMember, settleAfterRemoval } from '../groups/rebalance.js';
import { errorCodes } from '../protocol/error-codes.js';
import { type Api, defineApi } from '../server/api.js';
import { array, int16, int32, nullableString, string } from '../wire/primitives.js';
import { type Decoded, struct } from '../wire/struct.js';
import { since, until, withDefault } from '../wire/wire-type.js';
import { groupFor } from './group-request.js';

const LAST_VERSION_FOR_ONE = 2;
const memberFields = {
  memberId: string,
  groupInstanceId: nullableString,
  reason: withDefault(null, since(5, nullableString)),
};
const requestFields = {
  groupId: string,
  memberId: until(LAST_VERSION_FOR_ONE, string),
  members: since(3, array(struct(memberFields))),
};
const response = struct({
  throttleTimeMs: withDefault(0, since(1, int32)),
  errorCode: int16,
  members: since(3, array(struct({ memberId: string, groupInstanceId: nullableString, errorCode: int16 }))),
});
type Leaving = Decoded<typeof memberFields>;

function leave(group: Group, { memberId, groupInstanceId }: Leaving): number {
  if (memberId !== '' && dropPendingMember(group, memberId)) return errorCodes.NONE;
  const byInstance =
    memberId === '' && groupInstanceId !== null ? group.staticMembers.get(groupInstanceId) : undefined;
  const id = byInstance ?? memberId;
  const error = memberError(group, id, groupInstanceId);
  if (error === errorCodes.NONE) removeMember(group, group.members.get(id)!);
  return error;
}

function leavingMembers(asked: Decoded<typeof requestFields>, version: number): readonly Leaving[] {
  if (version > LAST_VERSION_FOR_ONE) return asked.members;
  return [{ memberId: asked.memberId, groupInstanceId: null, reason: null }];
}

export const leaveGroupApi: Api = defineApi({
  name: 'LeaveGroup',
  versions: [0, 5],
  flexibleFrom: 4,
  request: struct(requestFields),
  response,
  handle(asked, context) {
    const group = groupFor(asked.groupId, context);
    if (typeof group === 'number') return { errorCode: group, members: [] };
    const members = leavingMembers(asked, context.version).map((leaving) => ({
      ...leaving,
      errorCode: leave(group, leaving),
    }));
    if (members.some((left) => left.errorCode === errorCodes.NONE))
      settleAfterRemoval(group, context.cluster.settings);
    const isForOne = context.version <= LAST_VERSION_FOR_ONE;
    return { errorCode: isForOne ? members[0]!.errorCode : errorCodes.NONE, members };
  },
  refuse: (_asked, errorCode) => ({ errorCode, members: [] }),
});
