/**
 * A client that sends one request at a time and shows the bare answer, for tests of single rules.
 *
 * Owns: framing. Clients hide what a broker answers behind retries; this one hides nothing.
 */
import { connect, type Socket } from 'node:net';
import { type ApiName, apiKeys } from '../../src/protocol/api-keys.js';
import { createFrameSplitter } from '../../src/server/frame-splitter.js';
import { WireReader } from '../../src/wire/wire-reader.js';
import type { WireType } from '../../src/wire/wire-type.js';
import { WireWriter } from '../../src/wire/wire-writer.js';

/** A message pair at one version. */
export interface RawApi<ReqOut, ReqIn, ResOut, ResIn> {
  readonly name: ApiName;
  readonly version: number;
  readonly flexible: boolean;
  readonly request: WireType<ReqOut, ReqIn>;
  readonly response: WireType<ResOut, ResIn>;
}

export interface RawClient extends Disposable {
  /** Sends a request and resolves to the answer with its correlation id. Rejects when the connection is closed. */
  send<ReqOut, ReqIn, ResOut, ResIn>(
    api: RawApi<ReqOut, ReqIn, ResOut, ResIn>,
    request: ReqIn,
  ): Promise<ResOut>;
  /** Sends bytes as they are and resolves to the next frame, or null when the connection was closed. */
  exchange(bytes: Buffer): Promise<Buffer | null>;
  /** The next frame that answers no `send`. */
  receive(): Promise<Buffer | null>;
  write(bytes: Buffer): void;
}

type Receiver = (received: Buffer | null) => void;

/** The correlation id of requests that are not made by `send`. */
export const RAW_CORRELATION_ID = 7;

/** What the header of a request says. */
export interface FrameHeader {
  readonly key: number;
  readonly version: number;
  readonly flexible: boolean;
  readonly correlationId?: number;
}

/** A request frame with header version 1 or 2. */
export function frame(header: FrameHeader, body: Buffer): Buffer {
  const clientId = Buffer.from('raw');
  const fixed = Buffer.alloc(10);
  fixed.writeInt16BE(header.key, 0);
  fixed.writeInt16BE(header.version, 2);
  fixed.writeInt32BE(header.correlationId ?? RAW_CORRELATION_ID, 4);
  fixed.writeInt16BE(clientId.length, 8);
  const content = Buffer.concat([
    fixed,
    clientId,
    header.flexible ? Buffer.from([0]) : Buffer.alloc(0),
    body,
  ]);
  const length = Buffer.alloc(4);
  length.writeInt32BE(content.length);
  return Buffer.concat([length, content]);
}

export async function connectRaw(broker: string): Promise<RawClient> {
  const [host, port] = broker.split(':');
  const socket: Socket = connect({ host: host!, port: Number(port) });
  const inbox = createInbox(socket);
  let lastId = 1000;
  await new Promise((resolve) => {
    socket.once('connect', resolve);
  });
  return {
    receive: () => inbox.next(RAW_CORRELATION_ID),
    exchange(bytes) {
      socket.write(bytes);
      return inbox.next(RAW_CORRELATION_ID);
    },
    write: (bytes) => void socket.write(bytes),
    async send(api, request) {
      const at = { version: api.version, flexible: api.flexible };
      const correlationId = ++lastId;
      const writer = new WireWriter();
      api.request.codec(at).write(writer, request);
      socket.write(frame({ ...at, key: apiKeys[api.name], correlationId }, Buffer.concat(writer.finish())));
      const answer = await inbox.next(correlationId);
      if (answer === null) throw new Error(`${api.name}: connection closed`);
      const reader = new WireReader(answer, api.flexible ? 5 : 4);
      const response = api.response.codec(at).read(reader);
      if (reader.remaining > 0) throw new Error(`${api.name}: ${reader.remaining} bytes left over`);
      return response;
    },
    [Symbol.dispose]: () => socket.destroy(),
  };
}

/** Frames by correlation id, in the order they came. */
function createInbox(socket: Socket): { next(correlationId: number): Promise<Buffer | null> } {
  const splitter = createFrameSplitter(2 ** 30);
  const frames: Buffer[] = [];
  const waiting: { readonly id: number; readonly receive: Receiver }[] = [];
  let isClosed = false;
  socket.on('data', (chunk: Buffer) => {
    for (const received of splitter.push(chunk)) {
      const at = waiting.findIndex(({ id }) => id === received.readInt32BE(0));
      if (at >= 0) waiting.splice(at, 1)[0]!.receive(received);
      else frames.push(received);
    }
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    isClosed = true;
    for (const { receive } of waiting.splice(0)) receive(null);
  });
  return {
    next(id) {
      const at = frames.findIndex((ready) => ready.readInt32BE(0) === id);
      if (at >= 0) return Promise.resolve(frames.splice(at, 1)[0]!);
      if (isClosed) return Promise.resolve(null);
      return new Promise((receive) => {
        waiting.push({ id, receive });
      });
    },
  };
}
