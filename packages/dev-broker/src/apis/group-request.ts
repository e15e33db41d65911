/**
 * What every request to a group begins with: is this the coordinator, is there such a group.
 *
 * Owns: those checks. Must not know: what the request is about.
 */
import type { Group } from '../groups/group.js';
import { type ErrorCode, errorCodes } from '../protocol/error-codes.js';
import type { RequestContext } from '../server/api.js';

/** NONE where the node that was asked coordinates the group. */
export function coordinatorError(groupId: string, { cluster, node }: RequestContext): ErrorCode {
  if (groupId === '') return errorCodes.INVALID_GROUP_ID;
  return cluster.coordinatorOf(groupId) === node ? errorCodes.NONE : errorCodes.NOT_COORDINATOR;
}

/** The group, or the error that says why it cannot be spoken to. */
export function groupFor(groupId: string, context: RequestContext): Group | ErrorCode {
  const error = coordinatorError(groupId, context);
  if (error !== errorCodes.NONE) return error;
  return context.cluster.groups.get(groupId) ?? errorCodes.UNKNOWN_MEMBER_ID;
}
