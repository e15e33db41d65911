/**
 * A connection to one broker: requests and their answers, matched by correlation ids.
 * Owns: the socket, the header of requests. Must not know: what they ask.
 */
import { createConnection } from 'node:net';
import { createFrameSplitter } from './frame-splitter.ts';
import { WireWriter } from './wire-writer.ts';

/** A broker's address. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/** What is asked. */
export interface KafkaApi {
  readonly key: number;
  readonly version: number;
}

/** A connection. */
export interface KafkaConnection {
  /** Resolves with the body of the answer. Rejects when the connection ends first. */
  request(api: KafkaApi, body: Buffer): Promise<Buffer>;
  close(): Promise<void>;
}

interface OpenRequest {
  readonly resolve: (body: Buffer) => void;
  readonly reject: (error: Error) => void;
}

const clientId = 'floor';
/** Of a request before its body: length, key, version, correlation id, client id. */
const requestHeaderBytes = 4 + 2 + 2 + 4 + 2 + clientId.length;
const correlationIdBytes = 4;

/** Connects. */
export async function openConnection({ host, port }: BrokerAddress): Promise<KafkaConnection> {
  const socket = createConnection({ host, port, noDelay: true });
  const open = new Map<number, OpenRequest>();
  let lastId = 0;
  let failure: Error | undefined;

  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });

  function giveUp(cause?: Error): void {
    failure ??= new Error(`the connection to ${host}:${port} is closed`, { cause });
    for (const { reject } of open.values()) reject(failure);
    open.clear();
  }

  const splitFrames = createFrameSplitter((frame) => {
    const id = frame.readInt32BE(0);
    const request = open.get(id);
    open.delete(id);
    request?.resolve(frame.subarray(correlationIdBytes));
  });
  socket.on('data', splitFrames);
  socket.on('error', giveUp);
  socket.on('close', () => giveUp());

  return {
    request: (api, body) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure);
        lastId = (lastId + 1) & 0x7fff_ffff;
        const id = lastId;
        open.set(id, { resolve, reject });
        socket.cork();
        socket.write(requestHeader(api, id, body.length));
        socket.write(body);
        socket.uncork();
      }),
    async close() {
      if (socket.destroyed) return;
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.destroy();
      await closed;
    },
  };
}

function requestHeader({ key, version }: KafkaApi, id: number, bodyBytes: number): Buffer {
  return new WireWriter()
    .int32(requestHeaderBytes - 4 + bodyBytes)
    .int16(key)
    .int16(version)
    .int32(id)
    .string(clientId)
    .finish();
}
