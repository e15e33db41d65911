/**
 * FindCoordinator: which node takes care of a group.
 *
 * Owns: the answer. Transactions and share groups are not served: their coordinators do not exist here,
 * and UNSUPPORTED_VERSION is the error that makes clients give up at once and say why.
 */
import { errorCodes } from '../protocol/error-codes.js';
import { type Api, defineApi, type RequestContext } from '../server/api.js';
import { array, int8, int16, int32, nullableString, string } from '../wire/primitives.js';
import { type Encodable, struct } from '../wire/struct.js';
import { between, since, until, withDefault } from '../wire/wire-type.js';

const GROUP = 0;
const LAST_VERSION_FOR_ONE = 3;

const request = struct({
  key: until(LAST_VERSION_FOR_ONE, string),
  keyType: since(1, int8),
  coordinatorKeys: since(4, array(string)),
});
const coordinatorFields = {
  key: string,
  nodeId: int32,
  host: string,
  port: int32,
  errorCode: int16,
  errorMessage: withDefault(null, nullableString),
};
const response = struct({
  throttleTimeMs: withDefault(0, since(1, int32)),
  errorCode: until(LAST_VERSION_FOR_ONE, int16),
  errorMessage: withDefault(null, between([1, LAST_VERSION_FOR_ONE], nullableString)),
  nodeId: until(LAST_VERSION_FOR_ONE, int32),
  host: until(LAST_VERSION_FOR_ONE, string),
  port: until(LAST_VERSION_FOR_ONE, int32),
  coordinators: since(4, array(struct(coordinatorFields))),
});
type Coordinator = Encodable<typeof coordinatorFields>;

function noCoordinator(key: string, errorCode: number, errorMessage: string | null = null): Coordinator {
  return { key, errorCode, errorMessage, nodeId: -1, host: '', port: -1 };
}

function find(key: string, keyType: number, { cluster }: RequestContext): Coordinator {
  if (keyType !== GROUP) {
    return noCoordinator(
      key,
      errorCodes.UNSUPPORTED_VERSION,
      'This broker coordinates classic consumer groups only',
    );
  }
  if (key === '') return noCoordinator(key, errorCodes.INVALID_GROUP_ID);
  const node = cluster.coordinatorOf(key);
  if (!node) return noCoordinator(key, errorCodes.COORDINATOR_NOT_AVAILABLE);
  return { key, errorCode: errorCodes.NONE, nodeId: node.id, host: node.host, port: node.port };
}

/** Old versions ask for one coordinator, later ones for several (KIP-699). */
function answer(coordinators: readonly Coordinator[]) {
  return { ...(coordinators[0] ?? noCoordinator('', errorCodes.INVALID_REQUEST)), coordinators };
}

export const findCoordinatorApi: Api = defineApi({
  name: 'FindCoordinator',
  versions: [0, 6],
  flexibleFrom: 3,
  request,
  response,
  handle(asked, context) {
    const keys = context.version <= LAST_VERSION_FOR_ONE ? [asked.key] : asked.coordinatorKeys;
    return answer(keys.map((key) => find(key, asked.keyType, context)));
  },
  refuse(asked, errorCode, { version }) {
    const keys = version <= LAST_VERSION_FOR_ONE ? [asked.key] : asked.coordinatorKeys;
    return answer(keys.map((key) => noCoordinator(key, errorCode)));
  },
});
