/**
 * InitProducerId: an id for an idempotent producer (KIP-98).
 *
 * Owns: the answer. Transactional producers are refused: transactions are not served, not even in part.
 */
import { errorCodes } from '../protocol/error-codes.js';
import { type Api, defineApi } from '../server/api.js';
import { int16, int32, int64, nullableString } from '../wire/primitives.js';
import { struct } from '../wire/struct.js';
import { since, withDefault } from '../wire/wire-type.js';

const request = struct({
  transactionalId: nullableString,
  transactionTimeoutMs: int32,
  producerId: withDefault(-1, since(3, int64)),
  producerEpoch: withDefault(-1, since(3, int16)),
});
const response = struct({
  throttleTimeMs: withDefault(0, int32),
  errorCode: int16,
  producerId: int64,
  producerEpoch: int16,
});

function refused(errorCode: number) {
  return { errorCode, producerId: -1, producerEpoch: -1 };
}

export const initProducerIdApi: Api = defineApi({
  name: 'InitProducerId',
  versions: [0, 5],
  flexibleFrom: 2,
  request,
  response,
  handle({ transactionalId }, { cluster }) {
    if (transactionalId !== null) return refused(errorCodes.UNSUPPORTED_VERSION);
    return { errorCode: errorCodes.NONE, producerId: cluster.nextProducerId(), producerEpoch: 0 };
  },
  refuse: (_asked, errorCode) => refused(errorCode),
});
