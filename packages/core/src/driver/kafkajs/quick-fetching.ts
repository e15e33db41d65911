/**
 * Has a broker of kafkajs send its fetches in the driver's own encoding.
 * Owns: `fetch` of one broker object. Must not know: who fetches, what becomes of records.
 *
 * kafkajs makes an encoder with 512 zeroed bytes for each number, partition and topic of a request, shuffles the partitions
 * and copies each encoder into the next. With 12 partitions that was most of what an idle server did; with 48, most of what
 * a fetch cost beside its records.
 */
import type { RawFetchRequest, RawFetchResponse } from '../cluster/broker-requests.js';
import { encodeFetchRequest } from '../cluster/wire/fetch-request.js';
import { fetchVersion } from '../cluster/wire/fetch-response.js';
import type { RawBroker, RawRequest } from './kafkajs-internals.js';

const fetchKey = 1;

/** Where error codes are to become kafkajs's own errors, it asks once more for an answer that has any. */
export function fetchQuickly(broker: RawBroker, errorsAreThrown: boolean): void {
  const fetchSlowly = broker.fetch.bind(broker);
  // Partitions that are fetched for the first time begin anywhere, as if shuffled.
  let turn = Math.trunc(Math.random() * 1000);

  broker.fetch = async (request) => {
    if ((broker.versions?.[fetchKey]?.maxVersion ?? 0) < fetchVersion) return fetchSlowly(request);
    turn = (turn + 1) % 1_000_000;
    const answer = await send(broker, toRequest(request, turn));
    return errorsAreThrown && hasErrors(answer) ? fetchSlowly(request) : answer;
  };
}

async function send(broker: RawBroker, request: RawRequest): Promise<RawFetchResponse> {
  try {
    return (await broker.connectionPool.send(request)) as RawFetchResponse;
  } catch (error) {
    // As kafkajs does with every request: both connections to the broker are made anew.
    if (error instanceof Error && error.name === 'KafkaJSConnectionClosedError') await broker.disconnect();
    throw error;
  }
}

/** The answer is decoded by whoever tuned the connection. */
function toRequest(request: RawFetchRequest, turn: number): RawRequest {
  return {
    request: {
      apiKey: fetchKey,
      apiVersion: fetchVersion,
      apiName: 'Fetch',
      encode: async () => {
        const bytes = encodeFetchRequest(request, turn);
        // kafkajs copies an encoder into its own, and looks at no more than this.
        return { buf: bytes, buffer: bytes, size: () => bytes.length };
      },
    },
    response: {
      decode: () => Promise.reject(new Error('an answer to Fetch was left to be decoded')),
      parse: async (decoded) => decoded,
    },
    requestTimeout: request.maxWaitTime + 100,
  };
}

function hasErrors({ errorCode = 0, responses }: RawFetchResponse): boolean {
  return (
    errorCode !== 0 ||
    responses.some(({ partitions }) => partitions.some((partition) => partition.errorCode !== 0))
  );
}
