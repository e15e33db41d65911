/** What comes under the name of a codec: bytes that are none of its own, values no envelope has, and codecs that fail. */
import type { KafkaClientEvent } from '@trpc-kafka/link';
import { Packr } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import { targets } from '../support/broker-targets.ts';
import { transportErrorOf } from '../support/call-error.ts';
import { createCollector } from '../support/collector.ts';
import { msgpack } from '../support/msgpack.ts';
import { watch } from './support/arena.ts';
import { expectRefused } from './support/expect-refused.ts';
import { createGatedRouter } from './support/gated-router.ts';
import type { HostileRecord } from './support/hostile-records.ts';
import { useArena } from './support/use-arena.ts';

const goodCall = { id: 'x', method: 'query', params: { path: 'echo', input: 1 } };
const encode = (value: unknown): Buffer => Buffer.from(msgpack.encode(value));
const good = encode(goodCall);
const refusal = {
  kind: 'error',
  id: 'x',
  error: expect.objectContaining({ code: -32700, data: expect.objectContaining({ code: 'PARSE_ERROR' }) }),
};

const inMsgpack = (header: string): string => header.replace(';json;', ';msgpack;');

/** A value that is wrong, in a record that says who waits for it. */
function value(name: string, bytes: Buffer | null, says: RegExp): HostileRecord {
  return {
    name,
    write: ({ header }) => ({ value: bytes, headers: { 'trpc-kafka': `${inMsgpack(header)};id=x` } }),
    says,
    answers: [refusal],
  };
}

/** An envelope with a field that JSON would not have made. */
function envelope(name: string, fields: object, says: RegExp): HostileRecord {
  return value(`envelope: ${name}`, encode({ ...goodCall, ...fields }), says);
}

function parts(name: string, count: string, { bytes, says }: { bytes: Buffer; says: RegExp }): HostileRecord {
  return {
    name: `parts: ${name}`,
    write: ({ header }) => ({
      value: bytes,
      headers: { 'trpc-kafka': `${inMsgpack(header)};parts=${count}` },
    }),
    says,
  };
}

const inPart = (bytes: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** An object whose field is the object itself, as structured clones have it. */
function cyclic(): Buffer {
  const packr = new Packr({ structuredClone: true });
  const kafka: Record<string, unknown> = {};
  kafka['credit'] = kafka;
  return Buffer.from(packr.encode({ ...goodCall, kafka }));
}

const noMsgpack = /its value is no msgpack \(/;
const records: readonly HostileRecord[] = [
  value('nothing', null, /it has no value/),
  value('no bytes', Buffer.alloc(0), noMsgpack),
  value('an end that is missing', good.subarray(0, -1), noMsgpack),
  value('more behind the end', Buffer.concat([good, good]), noMsgpack),
  value('JSON', Buffer.from(JSON.stringify(goodCall)), noMsgpack),
  value('an array of 4 billion, said in five bytes', Buffer.of(0xdd, 255, 255, 255, 255), noMsgpack),
  value('arrays in arrays, as deep as a record allows', Buffer.alloc(900_000, 0x91), noMsgpack),
  value('objects in objects', Buffer.alloc(900_000, Buffer.of(0x81, 0xa1, 0x61)), noMsgpack),
  value('a number', encode(5), /it is no object/),
  value('a BigInt', encode(2n ** 63n), /it is no object/),
  value('a date', encode(new Date(0)), /it is no object/),
  value(
    'an error that names a function',
    Buffer.from([0xd4, 0x65, 0, ...encode(['eval', '1'])]),
    /it is no object/,
  ),
  value('an empty bundle', encode([]), /its bundle is empty/),
  value('a bundle in a bundle', encode([[goodCall]]), /bundles do not nest/),
  value('facts that are a cycle', cyclic(), /`kafka.credit` is no/),
  envelope('an id that is a BigInt', { id: 2n ** 63n }, /`id` is neither/),
  envelope('an id that is a date', { id: new Date(0) }, /`id` is neither/),
  envelope('a path that is bytes', { params: { path: Buffer.from('echo') } }, /`params.path` is no text/),
  envelope('params that are bytes', { params: Buffer.from('echo') }, /`params` is no object/),
  envelope('facts that are a date', { kafka: new Date(0) }, /`kafka` is no object/),
  envelope(
    'a timeout that is a BigInt',
    { kafka: { timeoutMs: 2n ** 63n } },
    /`kafka.timeoutMs` is no whole/,
  ),
  envelope('a timeout that is nil', { kafka: { timeoutMs: null } }, /`kafka.timeoutMs` is no whole/),
  envelope(
    'connection params that are bytes',
    { kafka: { connectionParams: Buffer.from('a') } },
    /`kafka.connectionParams`/,
  ),
  envelope('keys of a prototype', { ['__proto__']: goodCall, id: undefined }, /`id` is neither/),
  parts('none', '0', { bytes: inPart(good), says: /`parts` is no number from 1 to 1024/ }),
  parts('a million', '1000000', { bytes: inPart(good), says: /`parts` is no number from 1 to 1024/ }),
  parts('one too many', '2', { bytes: inPart(good), says: /does not have the 2 parts/ }),
  parts('one too few', '1', {
    bytes: Buffer.concat([inPart(good), inPart(good)]),
    says: /does not have the 1 parts/,
  }),
  parts('a length of 4 GB', '1', {
    bytes: Buffer.of(255, 255, 255, 255, 0),
    says: /does not have the 1 parts/,
  }),
  parts('none of them whole', '1', { bytes: Buffer.of(0, 0), says: /does not have the 1 parts/ }),
  {
    name: 'parts: a torn one beside a good one, which is answered in its codec',
    write: ({ header }) => ({
      value: Buffer.concat([inPart(Buffer.of(0xc1, 0xc1)), inPart(good)]),
      headers: { 'trpc-kafka': `${inMsgpack(header)};parts=2` },
    }),
    says: noMsgpack,
    answers: [{ kind: 'data', id: 'x', data: 1 }],
  },
];

describe.each(targets)('on $name', (target) => {
  const arena = useArena(target, { handler: { codecs: [msgpack] } });

  test.skipIf(target.skip).each(records)('$name', (record) => expectRefused(arena(), record));

  test.skipIf(target.skip)('a result that cannot be written is an error of its call alone', async () => {
    const { stranger, service } = arena();
    const packr = new Packr({ structuredClone: true });
    const input: Record<string, unknown> = {};
    input['again'] = input;
    const before = stranger.replies.items.length;
    await watch(arena(), () =>
      stranger.write({
        topic: service.topics.requests.topic,
        value: Buffer.from(packr.encode({ ...goodCall, params: { path: 'echo', input } })),
        headers: { 'trpc-kafka': inMsgpack(stranger.header) },
      }),
    );
    const replies = await stranger.replies.count(before + 1);
    expect(replies.at(-1)).toMatchObject({ kind: 'error', id: 'x', error: { code: -32603 } });
  });

  test.skipIf(target.skip)(
    'control records are read in a codec the server has, and refused in others',
    async () => {
      const { stranger, service, handler } = arena();
      const { topic } = service.topics.control;
      const cancel = encode({ id: 1, kafka: { kind: 'cancel' } });
      const before = handler.counters();
      await stranger.write({ topic, value: cancel, headers: { 'trpc-kafka': inMsgpack(stranger.header) } });
      await stranger.write({
        topic,
        value: cancel,
        headers: { 'trpc-kafka': stranger.header.replace('json', 'cbor') },
      });
      const offset = await stranger.write({
        topic,
        value: Buffer.of(0xc1),
        headers: { 'trpc-kafka': inMsgpack(stranger.header) },
      });
      await arena().events.until(
        (all) =>
          all.some(
            (event) =>
              event.type === 'refused' && event.position.offset === offset && event.position.topic === topic,
          ),
        'the last of them to be refused',
      );
      expect(handler.counters().refused - before.refused).toBe(2);
    },
  );
});

describe.each(targets)('a client with a codec, on $name', (target) => {
  const { router, begun } = createGatedRouter();
  let inboxId = '';
  const arena = useArena(target, {
    router,
    client: { codec: msgpack },
    handler: {
      codecs: [msgpack],
      createContext: async ({ req }) => {
        inboxId = req.from;
        return {};
      },
    },
  });

  /** Writes to the reply topic under the client's id; resolves with why it was dropped. */
  async function write(bytes: Buffer, header: (good: string) => string): Promise<string> {
    const { stranger, service, client, trpc } = arena();
    await trpc.query('echo', 1);
    const strays = createCollector<KafkaClientEvent & { type: 'stray-reply' }>();
    const remove = client.on((event) => event.type === 'stray-reply' && strays.add(event));
    await stranger.write({
      topic: service.topics.replies.topic,
      value: bytes,
      headers: { 'trpc-kafka': header(stranger.header), 'trpc-kafka-to': inboxId },
    });
    const [stray] = await strays.count(1);
    remove();
    expect(await trpc.query('echo', Uint8Array.of(1))).toEqual(Uint8Array.of(1));
    return `${stray!.reason}: ${stray!.detail}`;
  }

  test.skipIf(target.skip)('drops replies that it cannot read, and goes on', async () => {
    const reply = encode({ id: 999_999, result: { type: 'data', data: 1 } });
    expect(await write(reply, inMsgpack)).toMatch(/^late: no call waits for data 999999/);
    expect(await write(Buffer.from('{"id":999999,"result":{}}'), (header) => header)).toMatch(/^late/);
    expect(await write(reply.subarray(1), inMsgpack)).toMatch(/^unreadable: .*no msgpack/);
    expect(await write(reply, (header) => header.replace('json', 'cbor'))).toMatch(
      /^unreadable: .*encoded as "cbor", this side reads json, msgpack/,
    );
  });

  test.skipIf(target.skip)('fails the call that an unreadable reply names', async () => {
    const { stranger, service, client, trpc } = arena();
    await trpc.query('echo', 1);
    const never = transportErrorOf(trpc.query('wait', 'never'));
    const id = client.counters().calls;
    await begun.count(1);
    await stranger.write({
      topic: service.topics.replies.topic,
      value: Buffer.alloc(1000, 0x91),
      headers: { 'trpc-kafka': `${inMsgpack(stranger.header)};id=${id}`, 'trpc-kafka-to': inboxId },
    });
    expect(await never).toMatchObject({ code: 'PARSE_ERROR' });
  });
});
