/**
 * JoinGroup: becoming a member, and being called again in each rebalance.
 *
 * Owns: the messages. Must not know: the rules, which stand in groups/.
 */

import type { JoinResult } from '../groups/group-member.js';
import { joinGroup } from '../groups/join-group.js';
import { refusedJoin } from '../groups/rebalance.js';
import { errorCodes } from '../protocol/error-codes.js';
import { type Api, defineApi, type RequestContext } from '../server/api.js';
import { array, boolean, bytes, int16, int32, nullableString, string } from '../wire/primitives.js';
import { type Decoded, struct } from '../wire/struct.js';
import { since, type WireType, type WireVersion, wireType, withDefault } from '../wire/wire-type.js';
import { coordinatorError } from './group-request.js';

const FIRST_VERSION_WITH_REQUIRED_ID = 4;
const FIRST_VERSION_WITH_SKIPPING = 9;
const FIRST_VERSION_WITH_NULL_PROTOCOL = 7;

const requestFields = {
  groupId: string,
  sessionTimeoutMs: int32,
  rebalanceTimeoutMs: withDefault(-1, since(1, int32)),
  memberId: string,
  groupInstanceId: withDefault(null, since(5, nullableString)),
  protocolType: string,
  protocols: array(struct({ name: string, metadata: bytes })),
  reason: withDefault(null, since(8, nullableString)),
};

/** No protocol is the empty string before version 7, null from then on. */
const protocolName: WireType<string | null> = wireType<string | null>(null, (at: WireVersion) => {
  const inner = nullableString.codec(at);
  const isNullable = at.version >= FIRST_VERSION_WITH_NULL_PROTOCOL;
  return { read: inner.read, write: (writer, name) => inner.write(writer, isNullable ? name : (name ?? '')) };
});

const response = struct({
  throttleTimeMs: withDefault(0, since(2, int32)),
  errorCode: int16,
  generationId: int32,
  protocolType: since(FIRST_VERSION_WITH_NULL_PROTOCOL, nullableString),
  protocolName,
  leader: string,
  skipAssignment: since(FIRST_VERSION_WITH_SKIPPING, boolean),
  memberId: string,
  members: array(struct({ memberId: string, groupInstanceId: since(5, nullableString), metadata: bytes })),
});

function refusal(asked: Decoded<typeof requestFields>, context: RequestContext): number {
  const error = coordinatorError(asked.groupId, context);
  if (error !== errorCodes.NONE) return error;
  const { settings } = context.cluster;
  const isTimeoutOk =
    asked.sessionTimeoutMs >= settings['group.min.session.timeout.ms'] &&
    asked.sessionTimeoutMs <= settings['group.max.session.timeout.ms'];
  if (!isTimeoutOk) return errorCodes.INVALID_SESSION_TIMEOUT;
  const isUnknownGroup = asked.memberId !== '' && !context.cluster.groups.get(asked.groupId);
  return isUnknownGroup ? errorCodes.UNKNOWN_MEMBER_ID : errorCodes.NONE;
}

export const joinGroupApi: Api = defineApi({
  name: 'JoinGroup',
  versions: [0, 9],
  flexibleFrom: 6,
  request: struct(requestFields),
  response,
  handle(asked, context) {
    const error = refusal(asked, context);
    if (error !== errorCodes.NONE) return refusedJoin(error, asked.memberId);
    const { settings, groups } = context.cluster;
    const { rebalanceTimeoutMs, sessionTimeoutMs } = asked;
    const request = {
      ...asked,
      instanceId: asked.groupInstanceId,
      clientId: context.clientId,
      clientHost: context.clientHost,
      rebalanceTimeoutMs: rebalanceTimeoutMs < 0 ? sessionTimeoutMs : rebalanceTimeoutMs,
      requiresKnownMemberId: context.version >= FIRST_VERSION_WITH_REQUIRED_ID,
      supportsSkippingAssignment: context.version >= FIRST_VERSION_WITH_SKIPPING,
    };
    return new Promise<JoinResult>((answer) => {
      joinGroup(groups.getOrCreate(asked.groupId), request, { settings, answer });
    });
  },
  refuse: (asked, errorCode) => refusedJoin(errorCode, asked.memberId),
});
