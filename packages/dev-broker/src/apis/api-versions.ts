/**
 * ApiVersions: what is served here. The first thing every client asks.
 *
 * Owns: the answer, including the one for versions we do not speak (KIP-35, KIP-511).
 */
import { errorCodes } from '../protocol/error-codes.js';
import { type Api, defineApi } from '../server/api.js';
import { array, int16, int32, string } from '../wire/primitives.js';
import { struct } from '../wire/struct.js';
import { since, withDefault } from '../wire/wire-type.js';

const request = struct({
  clientSoftwareName: since(3, string),
  clientSoftwareVersion: since(3, string),
});

const response = struct({
  errorCode: int16,
  apiKeys: array(struct({ apiKey: int16, minVersion: int16, maxVersion: int16 })),
  throttleTimeMs: withDefault(0, since(1, int32)),
});

/** Kafka insists on names that metrics can carry (KIP-511). */
const softwareName = /^[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?$/;

/** librdkafka takes a missing Produce v0 for a broker that cannot compress, so that Kafka 4 claims it, too (KAFKA-18659). */
const produceSince = 0;

function describe(api: Api): { apiKey: number; minVersion: number; maxVersion: number } {
  const minVersion = api.name === 'Produce' ? produceSince : api.minVersion;
  return { apiKey: api.key, minVersion, maxVersion: api.maxVersion };
}

/** Makes the API; it tells of all APIs, itself included. */
export function apiVersionsApi(others: readonly Api[]): Api {
  const self: Api = defineApi({
    name: 'ApiVersions',
    versions: [0, 4],
    flexibleFrom: 3,
    request,
    response,
    handle(asked, { version }) {
      const { clientSoftwareName, clientSoftwareVersion } = asked;
      if (
        version >= 3 &&
        !(softwareName.test(clientSoftwareName) && softwareName.test(clientSoftwareVersion))
      ) {
        return { errorCode: errorCodes.INVALID_REQUEST, apiKeys: [] };
      }
      const all = [...others, self].sort((a, b) => a.key - b.key);
      return { errorCode: errorCodes.NONE, apiKeys: all.map(describe) };
    },
    refuse: (_asked, errorCode) => ({
      errorCode,
      // A client that came with too new a version learns here which one to come back with.
      apiKeys: errorCode === errorCodes.UNSUPPORTED_VERSION ? [describe(self)] : [],
    }),
  });
  return self;
}
