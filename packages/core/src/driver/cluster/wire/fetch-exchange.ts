/** Fetch, version 11: the last before records are asked for by the id of their topic (KIP-516). */
import type { RawFetchRequest, RawFetchResponse } from '../broker-requests.js';
import type { Exchange } from '../exchange.js';
import { decodeFetchResponse, type FetchReading, fetchVersion } from './fetch-response.js';
import { WireWriter } from './wire-writer.js';

const fetchKey = 1;
const notAReplica = -1;
const noSession = { id: 0, epoch: -1 };
const unknownEpoch = -1;
const unknownOffset = -1;

/** A request for records, whose answer is read with `reading`. */
export function createFetchExchange(
  request: RawFetchRequest,
  options: { readonly timeoutMs: number; readonly reading: FetchReading },
): Exchange<RawFetchResponse> {
  return {
    apiKey: fetchKey,
    apiVersion: fetchVersion,
    apiName: 'Fetch',
    timeoutMs: options.timeoutMs,
    encode: async () => encodeRequest(request),
    decode: (payload) => decodeFetchResponse(payload, options.reading),
  };
}

function encodeRequest({ maxWaitTime, minBytes, maxBytes, isolationLevel, topics }: RawFetchRequest): Buffer {
  const writer = new WireWriter();
  writer.int32(notAReplica).int32(maxWaitTime).int32(minBytes).int32(maxBytes).int8(isolationLevel);
  writer.int32(noSession.id).int32(noSession.epoch);
  writer.array(topics, ({ topic, partitions }) => {
    writer.string(topic).array(partitions, ({ partition, fetchOffset, maxBytes: most }) => {
      writer.int32(partition).int32(unknownEpoch);
      writer.int64(Number(fetchOffset)).int64(unknownOffset).int32(most);
    });
  });
  writer.int32(0); // partitions to be forgotten by the session
  writer.string(''); // rack
  return writer.finish();
}
