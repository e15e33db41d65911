/**
 * Heartbeat: a member is alive, and learns whether it must join again.
 *
 * Owns: the message and its answer by state.
 */
import { memberError } from '../groups/member-error.js';
import { renewSession } from '../groups/rebalance.js';
import { errorCodes } from '../protocol/error-codes.js';
import { type Api, defineApi } from '../server/api.js';
import { int16, int32, nullableString, string } from '../wire/primitives.js';
import { struct } from '../wire/struct.js';
import { since, withDefault } from '../wire/wire-type.js';
import { groupFor } from './group-request.js';

const request = struct({
  groupId: string,
  generationId: int32,
  memberId: string,
  groupInstanceId: withDefault(null, since(3, nullableString)),
});
const response = struct({ throttleTimeMs: withDefault(0, since(1, int32)), errorCode: int16 });

export const heartbeatApi: Api = defineApi({
  name: 'Heartbeat',
  versions: [0, 4],
  flexibleFrom: 4,
  request,
  response,
  handle(asked, context) {
    const group = groupFor(asked.groupId, context);
    if (typeof group === 'number') return { errorCode: group };
    const error = memberError(group, asked.memberId, asked.groupInstanceId);
    if (error !== errorCodes.NONE) return { errorCode: error };
    if (asked.generationId !== group.generationId) return { errorCode: errorCodes.ILLEGAL_GENERATION };
    renewSession(group, group.members.get(asked.memberId)!, context.cluster.settings);
    const mustRejoin = group.state === 'PreparingRebalance';
    return { errorCode: mustRejoin ? errorCodes.REBALANCE_IN_PROGRESS : errorCodes.NONE };
  },
  refuse: (_asked, errorCode) => ({ errorCode }),
});
