import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDevBroker, type DevBroker } from '../src/index.js';
import { apiKeys } from '../src/protocol/api-keys.js';
import { errorCodes } from '../src/protocol/error-codes.js';
import { createFrameSplitter } from '../src/server/frame-splitter.js';
import { WireError } from '../src/wire/wire-error.js';
import { connectRaw, frame, type RawClient } from './support/raw-client.js';
import { fetch, produce } from './support/raw-messages.js';
import { recordBatch } from './support/record-batch.js';

const nothing = Buffer.alloc(0);
const apiVersions = (version: number, body = nothing): Buffer =>
  frame({ key: apiKeys.ApiVersions, version, flexible: version >= 3 }, body);
/** Client software name and version. */
const software = Buffer.concat([
  Buffer.from([4]),
  Buffer.from('raw'),
  Buffer.from([2]),
  Buffer.from('1'),
  Buffer.from([0]),
]);

describe('a connection', () => {
  let broker: DevBroker;
  let client: RawClient;

  beforeEach(async () => {
    broker = await createDevBroker({ 'socket.request.max.bytes': 10_000 });
    client = await connectRaw(broker.brokers[0]!);
  });
  afterEach(async () => {
    client[Symbol.dispose]();
    await broker.close();
  });

  test('answers in order, however the bytes are cut', async () => {
    const requests = Buffer.concat([apiVersions(0), apiVersions(3, software), apiVersions(1)]);
    for (const byte of requests) client.write(Buffer.from([byte]));
    const answers = [await client.receive(), await client.receive(), await client.receive()];

    expect(answers.map((answer) => answer?.readInt32BE(0))).toEqual([7, 7, 7]);
    expect(answers.map((answer) => answer?.readInt16BE(4))).toEqual([0, 0, 0]);
  });

  test('ApiVersions of an unknown version is answered in version 0 with the versions there are', async () => {
    const answer = await client.exchange(apiVersions(99, Buffer.from('whatever this is')));

    expect(answer?.readInt16BE(4)).toBe(errorCodes.UNSUPPORTED_VERSION);
    expect(answer?.readInt32BE(6)).toBe(1);
    expect([answer?.readInt16BE(10), answer?.readInt16BE(12), answer?.readInt16BE(14)]).toEqual([18, 0, 4]);
  });

  test.each([
    ['an unknown API', frame({ key: 999, version: 0, flexible: false }, nothing)],
    ['an API of transactions', frame({ key: 24, version: 0, flexible: false }, nothing)],
    ['the group protocol of KIP-848', frame({ key: 68, version: 0, flexible: true }, nothing)],
    ['an old version', frame({ key: apiKeys.Produce, version: 2, flexible: false }, nothing)],
    ['a future version', frame({ key: apiKeys.Fetch, version: 99, flexible: true }, nothing)],
    [
      'a body that is cut off',
      frame({ key: apiKeys.Metadata, version: 1, flexible: false }, Buffer.from([0, 0])),
    ],
    ['a frame over the limit', Buffer.from([0, 1, 0, 0])],
    ['a frame of negative length', Buffer.from([255, 0, 0, 0])],
    ['an empty frame', Buffer.from([0, 0, 0, 0])],
  ])('is closed by %s', async (_what, bytes) => {
    expect(await client.exchange(bytes)).toBeNull();
  });

  test('takes any number of requests while it is busy with one, and answers them all', async () => {
    await using busy = await createDevBroker({ topics: [{ name: 't' }] });
    using pipelining = await connectRaw(busy.brokers[0]!);
    using writer = await connectRaw(busy.brokers[0]!);
    const longPoll = fetch(pipelining, { topic: 't', offset: 0, maxWaitMs: 60_000 });
    const rest = Array.from({ length: 500 }, () => fetch(pipelining, { topic: 't', offset: 0 }));
    await busy.requests.until({ api: 'Fetch' });
    expect(busy.requests.count({ api: 'Fetch' })).toBe(1);
    await produce(writer, { topic: 't' }, recordBatch());

    expect(await longPoll).toMatchObject({ highWatermark: 1 });
    expect((await Promise.all(rest)).every(({ highWatermark }) => highWatermark === 1)).toBe(true);
  });

  test('that is closed does not disturb others', async () => {
    using other = await connectRaw(broker.brokers[0]!);
    await client.exchange(Buffer.from([255, 0, 0, 0]));

    expect(await other.exchange(apiVersions(0))).not.toBeNull();
  });
});

describe('frames', () => {
  const limit = 1000;
  const framed = (body: Uint8Array): Buffer => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(body.length);
    return Buffer.concat([length, body]);
  };

  test('come out as they went in, however the stream is cut', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 });
    fc.assert(
      fc.property(bodies, fc.array(fc.nat({ max: 400 })), (sent, cuts) => {
        const stream = Buffer.concat(sent.map(framed));
        const splitter = createFrameSplitter(limit);
        const received: Buffer[] = [];
        let at = 0;
        for (const cut of [...cuts, stream.length]) {
          received.push(...splitter.push(stream.subarray(at, at + cut)));
          at += cut;
        }
        expect(received.map((body) => [...body])).toEqual(sent.map((body) => [...body]));
      }),
    );
  });

  test('over the limit are refused before they are received', () => {
    const splitter = createFrameSplitter(limit);
    expect(() => splitter.push(framed(Buffer.alloc(limit + 1)).subarray(0, 4))).toThrow(WireError);
  });
});
