/** MessagePack as the documents show it. */
import type { RecordCodec } from '@trpc-kafka/core';
import { Packr } from 'msgpackr';

const packr = new Packr({ useRecords: false });

export const msgpack: RecordCodec = {
  name: 'msgpack',
  encode: (value) => packr.encode(value),
  decode: (bytes) => packr.decode(bytes as Uint8Array),
};
