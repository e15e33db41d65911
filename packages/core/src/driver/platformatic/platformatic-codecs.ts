/** The compression codecs of @platformatic/kafka; gzip is unpacked by Node, with a limit that it has not. */
import { compressionsAlgorithms } from '@platformatic/kafka';
import { type CompressionCodec, gzipCodec, gzipType } from '../cluster/wire/compression.js';

/** The names of the codecs, as @platformatic/kafka has them. */
export type PlatformaticCompression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** The type of a codec in a batch's attributes. */
export function compressionType(name: PlatformaticCompression): number {
  const algorithm = compressionsAlgorithms[name];
  if (algorithm === undefined) throw new RangeError(`there is no compression '${String(name)}'`);
  return algorithm.bitmask;
}

/** The codec of a type. @throws when there is none, as of zstd on a Node older than 22.15 */
export function findPlatformaticCodec(type: number): CompressionCodec {
  if (type === gzipType) return gzipCodec;
  const algorithm = Object.values(compressionsAlgorithms).find(({ bitmask }) => bitmask === type);
  if (algorithm === undefined) throw new RangeError(`compression type ${type} does not exist`);
  if (!algorithm.available)
    throw new RangeError(`compression type ${type} is not available on this version of Node`);
  return {
    compress: async ({ buffer }) => algorithm.compressSync(buffer),
    decompress: async (buffer) => algorithm.decompressSync(buffer),
  };
}
