/** The compression codecs registered with kafkajs; gzip is unpacked by Node, with a limit that kafkajs has not. */
// Node does not find this one among the named exports of kafkajs, which is CommonJS.
import kafkajs from 'kafkajs';
import { type CompressionCodec, gzipCodec, gzipType } from '../cluster/wire/compression.js';

/** The codec of a type, as in a batch's attributes. @throws when none is registered */
export function findKafkajsCodec(type: number): CompressionCodec {
  const make = (kafkajs.CompressionCodecs as Readonly<Record<number, (() => CompressionCodec) | undefined>>)[
    type
  ];
  if (make === undefined) throw new RangeError(`compression type ${type} does not exist`);
  const codec = make();
  if (type !== gzipType) return codec;
  return {
    compress: (encoder) => codec.compress(encoder),
    decompress: (bytes) => gzipCodec.decompress(bytes),
  };
}
