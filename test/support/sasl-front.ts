/**
 * Stands before a broker and asks for a password, as a listener with SASL/PLAIN does; the embedded broker knows none.
 * Kafka's wire format: https://kafka.apache.org/protocol (SaslHandshake 17, SaslAuthenticate 36, ApiVersions 18).
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { ISocketFactory } from 'kafkajs';
import { type Collector, createCollector } from './collector.ts';

export interface SaslFront extends AsyncDisposable {
  /** The password asked for from now on; connections that have given another one stay. */
  demand(password: string): void;
  /** Cuts all connections, so that clients have to say their password again. */
  cut(): void;
  /** Whether each password was right. */
  readonly answers: Collector<boolean>;
  /** Leads a kafkajs client to the front, whichever broker it means to connect to: there is one behind it. */
  readonly socketFactory: ISocketFactory;
}

const saslHandshake = 17;
const apiVersions = 18;
const saslAuthenticate = 36;
const authenticationFailed = 58;

/** Puts a front before the broker at `host:port`. */
export async function startSaslFront(broker: string, firstPassword: string): Promise<SaslFront> {
  const [host = '', brokerPort] = broker.split(':');
  const sockets = new Set<Socket>();
  const answers = createCollector<boolean>();
  let password = firstPassword;
  const server = createServer((client) => {
    const upstream = connect({ host, port: Number(brokerPort) });
    join(client, upstream);
    for (const socket of [client, upstream]) sockets.add(socket);
    serve({ client, upstream, answers, isRight: (given) => given === password });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  return {
    answers,
    cut,
    demand(wanted) {
      password = wanted;
    },
    socketFactory: ({ onConnect }) => connect({ host: '127.0.0.1', port }, onConnect),
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

/** One end's end is the other's. */
function join(a: Socket, b: Socket): void {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    one.on('error', () => one.destroy());
    one.on('close', () => other.destroy());
  }
}

interface Session {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly answers: Collector<boolean>;
  readonly isRight: (password: string) => boolean;
}

function serve({ client, upstream, answers, isRight }: Session): void {
  /** Requests for API versions, whose answers are to name those of SASL. */
  const asked = new Set<number>();
  let isAuthenticated = false;
  onFrames(client, (frame) => {
    const [key, correlationId] = [frame.readInt16BE(0), frame.readInt32BE(4)];
    if (key === saslHandshake) {
      reply(client, correlationId, Buffer.concat([int16(0), int32(1), text('PLAIN')]));
    } else if (key === saslAuthenticate) {
      // The last field of what SASL/PLAIN sends (RFC 4616): authzid NUL user NUL password.
      isAuthenticated = isRight(frame.toString('utf8').split('\0').at(-1)!);
      answers.add(isAuthenticated);
      const error = isAuthenticated
        ? [int16(0), int16(-1)]
        : [int16(authenticationFailed), text('Authentication failed: Invalid username or password')];
      reply(client, correlationId, Buffer.concat([...error, int32(0), Buffer.alloc(8)]));
      if (!isAuthenticated) client.end();
    } else if (key === apiVersions || isAuthenticated) {
      if (key === apiVersions) asked.add(correlationId);
      writeFrame(upstream, frame);
    } else client.destroy();
  });
  onFrames(upstream, (frame) =>
    writeFrame(client, asked.delete(frame.readInt32BE(0)) ? withSasl(frame) : frame),
  );
}

/** An answer to ApiVersions, with the two APIs the front serves itself. */
function withSasl(answer: Buffer): Buffer {
  const countAt = 6;
  const count = answer.readInt32BE(countAt);
  const end = countAt + 4 + 6 * count;
  const own = [saslHandshake, saslAuthenticate].flatMap((key) => [int16(key), int16(0), int16(1)]);
  return Buffer.concat([
    answer.subarray(0, countAt),
    int32(count + 2),
    answer.subarray(countAt + 4, end),
    ...own,
    answer.subarray(end),
  ]);
}

function onFrames(socket: Socket, take: (frame: Buffer) => void): void {
  let buffered: Buffer = Buffer.alloc(0);
  socket.on('data', (data: Buffer) => {
    buffered = Buffer.concat([buffered, data]);
    while (buffered.length >= 4) {
      const end = 4 + buffered.readInt32BE(0);
      if (buffered.length < end) return;
      const frame = buffered.subarray(4, end);
      buffered = buffered.subarray(end);
      take(frame);
    }
  });
}

function reply(socket: Socket, correlationId: number, body: Buffer): void {
  writeFrame(socket, Buffer.concat([int32(correlationId), body]));
}

function writeFrame(socket: Socket, frame: Buffer): void {
  if (socket.writable) socket.write(Buffer.concat([int32(frame.length), frame]));
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
}
