/**
 * Compression of record batches.
 * Owns: gzip, which Node has, with a limit to what a batch may unpack to. Must not know: the codecs of Kafka clients.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';

/** Compresses the records of a batch, in the manner of kafkajs's codecs. */
export interface CompressionCodec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

/** The codec of a type, as in a batch's attributes. @throws when there is none */
export type FindCodec = (type: number) => CompressionCodec;

const deflate = promisify(gzip);
const inflate = promisify(gunzip);

/** The type of gzip in a batch's attributes. */
export const gzipType = 1;

/** A batch has a megabyte at most; one that unpacks to more than this is an attack. */
const maxUnpackedBytes = 64 * 1024 * 1024;

/** gzip, as Node has it. */
export const gzipCodec: CompressionCodec = {
  compress: ({ buffer }) => deflate(buffer),
  decompress: (buffer) => inflate(buffer, { maxOutputLength: maxUnpackedBytes }),
};
