/** What a caller's own side refuses: it is told at once, and nothing else waits or fails for it. */
import { createTRPCUntypedClient } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import {
  createKafkaClient,
  createKafkaEmitter,
  type KafkaClient,
  kafkaContext,
  kafkaLink,
} from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { targets } from '../support/broker-targets.ts';
import { transportErrorOf } from '../support/call-error.ts';
import type { TargetRouter } from './support/target-router.ts';
import { useArena } from './support/use-arena.ts';

const binary: Readonly<Record<string, () => unknown>> = {
  FormData: () => new FormData(),
  Blob: () => new Blob(['x']),
  File: () => new File(['x'], 'x.txt'),
  ReadableStream: () => new ReadableStream(),
  Uint8Array: () => new Uint8Array(1),
  Buffer: () => Buffer.from('x'),
};

const unwritable: Readonly<Record<string, () => unknown>> = {
  'a BigInt': () => 1n,
  'a cycle': () => {
    const value: unknown[] = [];
    value.push(value);
    return value;
  },
  'what throws when it is written': () => ({
    toJSON() {
      throw new Error('not me');
    },
  }),
};

describe('without any broker, so that what fails did not wait for one', () => {
  let client: KafkaClient;

  beforeEach(() => {
    // Port 1 is reserved, and nobody listens there.
    const kafka = new Kafka({ brokers: ['127.0.0.1:1'], logLevel: logLevel.NOTHING });
    client = createKafkaClient({ kafka, service: 'nobody', timeoutMs: 60_000 });
  });

  afterEach(() => client.close());

  const trpc = () =>
    createTRPCUntypedClient<AnyTRPCRouter>({ links: [kafkaLink<AnyTRPCRouter>({ client })] });
  const emitter = () => createKafkaEmitter<TargetRouter>({ client });

  function subscribe(input: unknown): Promise<never> {
    return new Promise((_, reject) => {
      trpc().subscription('count', input, { onError: reject });
    });
  }

  test.each(Object.keys(binary))('a %s is refused as an input', async (name) => {
    const input = binary[name]?.();
    const calls = [
      trpc().query('echo', input),
      trpc().mutation('store', input),
      subscribe(input),
      emitter().store(input),
    ];
    const cure = input instanceof Uint8Array ? 'Give the client a codec that carries bytes' : 'Send JSON';
    const refusal = expect.objectContaining({
      code: 'UNSUPPORTED_MEDIA_TYPE',
      message: expect.stringContaining(`do not carry. ${cure}, or a reference to where the data is`),
    });
    expect(await Promise.all(calls.map(transportErrorOf))).toEqual(calls.map(() => refusal));
    expect(client.counters()).toMatchObject({ calls: 0, oneWayCalls: 0 });
  });

  const badOptions: readonly [object, RegExp][] = [
    [{ timeout: 100 }, /"timeout" is no option of a call; kafkaContext takes timeoutMs, idleTimeoutMs, key/],
    [{ timeoutMs: 100, partitionKey: 'a' }, /"partitionKey" is no option/],
    [JSON.parse('{"__proto__":{}}') as object, /"__proto__" is no option/],
    [{ toString: 'a' }, /"toString" is no option/],
    [{ timeoutMs: Number.NaN }, /"timeoutMs" is NaN/],
    [{ timeoutMs: -1 }, /"timeoutMs" is -1/],
    [{ timeoutMs: 0.5 }, /"timeoutMs" is 0.5/],
    [{ timeoutMs: Number.POSITIVE_INFINITY }, /"timeoutMs" is Infinity/],
    [{ timeoutMs: 86_400_001 }, /from 1 to 86400000/],
    [{ timeoutMs: '100' }, /"timeoutMs" is "100"/],
    [{ key: 7 }, /"key" is no text/],
    [{ idempotencyKey: '' }, /"idempotencyKey" is neither true nor a text/],
    [{ headers: { 'trpc-kafka': 'mine' } }, /trpc-kafka/],
    [{ headers: { a: 1 } }, /header/],
  ];

  test.each(badOptions)('%j is refused as the options of a call', async (options, message) => {
    expect(() => kafkaContext(options)).toThrow(message);
    const context = { kafka: options };
    const calls = [trpc().query('echo', 1, { context }), emitter().store(1, options)];
    const refusal = expect.objectContaining({
      code: 'INVALID_OPTION',
      message: expect.stringMatching(message),
    });
    expect(await Promise.all(calls.map(transportErrorOf))).toEqual(calls.map(() => refusal));
    expect(client.counters()).toMatchObject({ calls: 0, oneWayCalls: 0 });
  });

  test('what an emitter alone knows is refused where it is wrong, by its own name', async () => {
    await expect(emitter().store(1, { expiresMs: -1 })).rejects.toThrow(/"expiresMs" is -1/);
    await expect(emitter().store(1, { expiresMs: 2 ** 31 })).rejects.toThrow(/from 1 to 2147483647/);
    expect(() => kafkaContext({ expiresMs: 1 } as object)).toThrow(/"expiresMs" is no option of a call/);
  });
});

describe.each(targets)('on $name', (target) => {
  const arena = useArena(target, { client: { maxMessageBytes: 3_000_000 } });

  test.skipIf(target.skip).each(Object.keys(unwritable))(
    '%s fails its own call, not those beside it',
    async (name) => {
      const { trpc, client } = arena();
      const emitter = createKafkaEmitter<TargetRouter>({ client });
      const before = trpc.query('echo', 'before');
      const bad = trpc.query('echo', unwritable[name]?.());
      const emitted = emitter.store(unwritable[name]?.());
      const after = trpc.query('echo', 'after');
      await expect(bad).rejects.toThrow(/BigInt|circular|not me/);
      await expect(emitted).rejects.toThrow(/BigInt|circular|not me/);
      expect(await Promise.all([before, after])).toEqual(['before', 'after']);
    },
  );

  test.skipIf(target.skip).each([
    ['the client allows', 3_000_000],
    ['the topic allows', 1_100_000],
  ])('a value above what %s fails its own call, not those of the same tick', async (_, length) => {
    const { trpc, client, handler } = arena();
    const emitter = createKafkaEmitter<TargetRouter>({ client });
    const executed = handler.counters().calls;
    const large = 'x'.repeat(length);
    const good = Array.from({ length: 10 }, (_, i) => trpc.query('echo', i));
    const bad = [trpc.query('echo', large), trpc.mutation('store', large), emitter.store(large)];
    const more = Array.from({ length: 10 }, (_, i) => trpc.query('echo', i + 10));
    expect((await Promise.all(bad.map(transportErrorOf))).map(({ code }) => code)).toEqual(
      bad.map(() => 'PAYLOAD_TOO_LARGE'),
    );
    expect(await Promise.all([...good, ...more])).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(handler.counters().calls - executed).toBe(20);
  });

  test.skipIf(target.skip)(
    'the error says how large it was, how large it may be, and what to do',
    async () => {
      const error = await transportErrorOf(arena().trpc.query('echo', 'x'.repeat(3_000_000)));
      expect(error).toMatchObject({
        message: expect.stringMatching(
          /the input of query echo has 3000\d{3} bytes, at most 3000000 may be sent .* or raise maxMessageBytes/,
        ),
      });
    },
  );
});
