/**
 * DescribeGroups: state, protocol and members of groups.
 *
 * Owns: the message. Members' metadata is shown only while the group is stable, as in Kafka.
 */
import type { Group } from '../groups/group.js';
import { type GroupMember, metadataFor, NO_ASSIGNMENT } from '../groups/group-member.js';
import { type ErrorCode, errorCodes } from '../protocol/error-codes.js';
import { type Api, defineApi, type RequestContext } from '../server/api.js';
import { array, boolean, bytes, int16, int32, nullableString, string } from '../wire/primitives.js';
import { type Encodable, struct } from '../wire/struct.js';
import { since, withDefault } from '../wire/wire-type.js';
import { coordinatorError } from './group-request.js';

const FIRST_VERSION_WITH_NOT_FOUND = 6;
/** Stands for "was not asked for". */
const NO_OPERATIONS = -2_147_483_648;

const request = struct({ groups: array(string), includeAuthorizedOperations: since(3, boolean) });
const memberFields = {
  memberId: string,
  groupInstanceId: since(4, nullableString),
  clientId: string,
  clientHost: string,
  memberMetadata: bytes,
  memberAssignment: bytes,
};
const groupFields = {
  errorCode: int16,
  errorMessage: withDefault(null, since(6, nullableString)),
  groupId: string,
  groupState: withDefault('', string),
  protocolType: withDefault('', string),
  protocolData: withDefault('', string),
  members: withDefault([], array(struct(memberFields))),
  authorizedOperations: withDefault(NO_OPERATIONS, since(3, int32)),
};
const response = struct({
  throttleTimeMs: withDefault(0, since(1, int32)),
  groups: array(struct(groupFields)),
});

function describeMember(member: GroupMember, protocolName: string | null): Encodable<typeof memberFields> {
  return {
    memberId: member.memberId,
    groupInstanceId: member.instanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    memberMetadata: protocolName === null ? NO_ASSIGNMENT : metadataFor(member, protocolName),
    memberAssignment: member.assignment,
  };
}

function describeGroup(group: Group): Encodable<typeof groupFields> {
  const protocolName = group.state === 'Stable' ? group.protocolName : null;
  return {
    errorCode: errorCodes.NONE,
    groupId: group.id,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: protocolName ?? '',
    members: [...group.members.values()].map((member) => describeMember(member, protocolName)),
  };
}

/** Before version 6 a group that does not exist is dead rather than not found (KIP-1043). */
function describeMissing(groupId: string, version: number): Encodable<typeof groupFields> {
  const isError = version >= FIRST_VERSION_WITH_NOT_FOUND;
  return {
    errorCode: isError ? errorCodes.GROUP_ID_NOT_FOUND : errorCodes.NONE,
    errorMessage: isError ? `Group ${groupId} not found.` : null,
    groupId,
    groupState: 'Dead',
  };
}

function describe(groupId: string, context: RequestContext): Encodable<typeof groupFields> {
  const errorCode: ErrorCode = coordinatorError(groupId, context);
  if (errorCode !== errorCodes.NONE) return { errorCode, groupId };
  const group = context.cluster.groups.get(groupId);
  return group ? describeGroup(group) : describeMissing(groupId, context.version);
}

export const describeGroupsApi: Api = defineApi({
  name: 'DescribeGroups',
  versions: [0, 6],
  flexibleFrom: 5,
  request,
  response,
  handle: ({ groups }, context) => ({ groups: groups.map((groupId) => describe(groupId, context)) }),
  refuse: ({ groups }, errorCode) => ({ groups: groups.map((groupId) => ({ errorCode, groupId })) }),
});
