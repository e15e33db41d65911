/**
 * DeleteGroups: groups without members are forgotten, with their offsets.
 *
 * Owns: the message.
 */
import { errorCodes } from '../protocol/error-codes.js';
import { type Api, defineApi, type RequestContext } from '../server/api.js';
import { array, int16, int32, string } from '../wire/primitives.js';
import { struct } from '../wire/struct.js';
import { withDefault } from '../wire/wire-type.js';
import { coordinatorError } from './group-request.js';

const request = struct({ groupsNames: array(string) });
const response = struct({
  throttleTimeMs: withDefault(0, int32),
  results: array(struct({ groupId: string, errorCode: int16 })),
});

function remove(groupId: string, context: RequestContext): number {
  const error = coordinatorError(groupId, context);
  if (error !== errorCodes.NONE) return error;
  const { groups } = context.cluster;
  const group = groups.get(groupId);
  if (!group) return errorCodes.GROUP_ID_NOT_FOUND;
  if (group.members.size > 0) return errorCodes.NON_EMPTY_GROUP;
  groups.delete(groupId);
  return errorCodes.NONE;
}

export const deleteGroupsApi: Api = defineApi({
  name: 'DeleteGroups',
  versions: [0, 2],
  flexibleFrom: 2,
  request,
  response,
  handle: ({ groupsNames }, context) => ({
    results: groupsNames.map((groupId) => ({ groupId, errorCode: remove(groupId, context) })),
  }),
  refuse: ({ groupsNames }, errorCode) => ({
    results: groupsNames.map((groupId) => ({ groupId, errorCode })),
  }),
});
