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
  const { compressSync, decompressSync } = algorithm;
  return {
    compress: async ({ buffer }) => compressSync(buffer),
    decompress: async (buffer) =>
      isFramed(buffer) ? Buffer.concat(framesOf(buffer).map(decompressSync)) : decompressSync(buffer),
  };
}

/** How snappy-java, and so every producer on Java, begins: its frames are no part of snappy, and not known to @platformatic/kafka. */
const frameMagic = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0]);
/** Behind the magic bytes, two versions of four bytes each. */
const framesAt = 16;

function isFramed(bytes: Buffer): boolean {
  return bytes.length >= framesAt && bytes.subarray(0, frameMagic.length).equals(frameMagic);
}

/** Each has its length in four bytes before it. */
function framesOf(bytes: Buffer): readonly Buffer[] {
  const frames: Buffer[] = [];
  for (let at = framesAt; at < bytes.length; ) {
    const end = at + 4 + bytes.readInt32BE(at);
    if (end <= at || end > bytes.length) throw new RangeError('a frame of snappy ends behind its batch');
    frames.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return frames;
}
