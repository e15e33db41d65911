/**
 * Who may speak for a member: the check that every group request begins with.
 *
 * Owns: unknown and fenced members (ClassicGroup.validateMember).
 */
import { errorCodes } from '../protocol/error-codes.js';
import type { Group } from './group.js';

/** NONE, UNKNOWN_MEMBER_ID or FENCED_INSTANCE_ID. */
export function memberError(group: Group, memberId: string, instanceId: string | null): number {
  if (instanceId !== null) {
    const current = group.staticMembers.get(instanceId);
    if (current === undefined) return errorCodes.UNKNOWN_MEMBER_ID;
    if (current !== memberId) return errorCodes.FENCED_INSTANCE_ID;
  }
  return group.members.has(memberId) ? errorCodes.NONE : errorCodes.UNKNOWN_MEMBER_ID;
}
