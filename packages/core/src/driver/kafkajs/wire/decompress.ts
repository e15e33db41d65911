/** Undoes the compression of record batches, with a limit where one can be had. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
// Node does not find this one among the named exports of kafkajs, which is CommonJS.
import kafkajs from 'kafkajs';
import type { CompressionCodec } from './record-batch-encoder.js';

const inflate = promisify(gunzip);
const gzip = 1;

/** A batch has a megabyte at most; one that unpacks to more than this is an attack (kafkajs has no limit). */
const maxUnpackedBytes = 64 * 1024 * 1024;

/** Decompresses by kafkajs's types: gzip is Node's, others are those registered with kafkajs. */
export async function decompress(type: number, bytes: Buffer): Promise<Buffer> {
  if (type === gzip) return inflate(bytes, { maxOutputLength: maxUnpackedBytes });
  return findCodec(type).decompress(bytes);
}

/** The codec registered with kafkajs. @throws when there is none */
export function findCodec(type: number): CompressionCodec {
  const make = (kafkajs.CompressionCodecs as Readonly<Record<number, (() => CompressionCodec) | undefined>>)[
    type
  ];
  if (make === undefined) throw new RangeError(`compression type ${type} does not exist`);
  return make();
}
