/**
 * DescribeCluster: the brokers, without topics (KIP-700).
 *
 * Owns: the message. Controllers cannot be asked here: there are only brokers.
 */
import { errorCodes } from '../protocol/error-codes.js';
import { type Api, defineApi } from '../server/api.js';
import { array, boolean, int8, int16, int32, nullableString, string } from '../wire/primitives.js';
import { struct } from '../wire/struct.js';
import { since, withDefault } from '../wire/wire-type.js';

const BROKERS = 1;
/** Stands for "was not asked for". */
const NO_OPERATIONS = -2_147_483_648;

const request = struct({
  includeClusterAuthorizedOperations: boolean,
  endpointType: withDefault(BROKERS, since(1, int8)),
  includeFencedBrokers: since(2, boolean),
});
const brokerFields = {
  brokerId: int32,
  host: string,
  port: int32,
  rack: withDefault(null, nullableString),
  isFenced: since(2, boolean),
};
const response = struct({
  throttleTimeMs: withDefault(0, int32),
  errorCode: int16,
  errorMessage: withDefault(null, nullableString),
  endpointType: withDefault(BROKERS, since(1, int8)),
  clusterId: string,
  controllerId: int32,
  brokers: array(struct(brokerFields)),
  clusterAuthorizedOperations: withDefault(NO_OPERATIONS, int32),
});

export const describeClusterApi: Api = defineApi({
  name: 'DescribeCluster',
  versions: [0, 2],
  flexibleFrom: 0,
  request,
  response,
  handle({ endpointType, includeFencedBrokers }, { cluster }) {
    const nodes = includeFencedBrokers ? cluster.nodes : cluster.liveNodes();
    return {
      errorCode: endpointType === BROKERS ? errorCodes.NONE : errorCodes.UNSUPPORTED_VERSION,
      clusterId: cluster.id,
      controllerId: cluster.liveNodes()[0]?.id ?? -1,
      brokers: nodes.map(({ id, host, port, isLive }) => ({ brokerId: id, host, port, isFenced: !isLive })),
    };
  },
  refuse: (_asked, errorCode, { cluster }) => ({
    errorCode,
    clusterId: cluster.id,
    controllerId: -1,
    brokers: [],
  }),
});
