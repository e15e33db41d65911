/** Records that are odd, large or late, and still follow the protocol: they get an answer, and the partition goes on. */
import { CompressionTypes } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { targets } from '../support/broker-targets.ts';
import { watch } from './support/arena.ts';
import type { RawRecord, Stranger } from './support/stranger.ts';
import { useArena } from './support/use-arena.ts';

interface OddRecord {
  readonly name: string;
  readonly write: (stranger: Stranger) => Pick<RawRecord, 'value' | 'headers'>;
  readonly answer: object;
}

const data = (value: unknown): object => ({ kind: 'data', id: 'x', data: value });
const thousandHeaders = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`h${i}`, `value ${i}`]));

function call(fields: object = {}): string {
  return JSON.stringify({ id: 'x', method: 'query', params: { path: 'echo', input: 1 }, ...fields });
}

/** A call with other facts. */
function facts(name: string, kafka: object, answer: object): OddRecord {
  return {
    name,
    write: ({ header }) => ({ value: call({ kafka }), headers: { 'trpc-kafka': header } }),
    answer,
  };
}

/** A call with another input, as JSON. */
function input(name: string, json: string, answer: object): OddRecord {
  const value = `{"id":"x","method":"query","params":{"path":"echo","input":${json}}}`;
  return { name, write: ({ header }) => ({ value, headers: { 'trpc-kafka': header } }), answer };
}

const internalError = { code: -32603, data: expect.objectContaining({ code: 'INTERNAL_SERVER_ERROR' }) };

const oddRecords: readonly OddRecord[] = [
  {
    name: '1,000 headers beside ours',
    write: ({ header }) => ({ value: call(), headers: { ...thousandHeaders, 'trpc-kafka': header } }),
    answer: data(1),
  },
  {
    name: 'headers with names of prototypes',
    write: ({ header }) => ({
      value: call(),
      headers: { ['__proto__']: 'a', constructor: 'b', toString: 'c', '': 'd', 'trpc-kafka': header },
    }),
    answer: data(1),
  },
  {
    name: "a header of the user's that is not UTF-8, and one given twice",
    write: ({ header }) => ({
      value: call(),
      headers: { trace: Buffer.from([0xff, 0x00, 0xfe]), twice: ['a', 'b'], 'trpc-kafka': header },
    }),
    answer: data(1),
  },
  facts('the last deadline that can be written', { deadlineMs: 999_999_999_999_999 }, data(1)),
  facts('a deadline in 1970', { deadlineMs: 0 }, { kind: 'expired', id: 'x' }),
  facts('no time at all', { timeoutMs: 0 }, { kind: 'expired', id: 'x' }),
  facts(
    'a deadline long past, and time that is left by the brokers',
    { deadlineMs: 1, timeoutMs: 60_000 },
    data(1),
  ),
  facts('facts nobody knows', { colour: 'red', kind: undefined }, data(1)),
  input(
    '__proto__ as a field of the input',
    '{"__proto__":{"polluted":true},"a":1}',
    data(expect.anything()),
  ),
  input('an input 100,000 arrays deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, {
    kind: 'error',
    id: 'x',
    error: expect.objectContaining(internalError),
  }),
  input('a number no double can hold', '1e999', data(null)),
];

describe.each(targets)('on $name', (target) => {
  const arena = useArena(target);

  test.skipIf(target.skip).each(oddRecords)('$name', async ({ write, answer }) => {
    const { stranger, service } = arena();
    const before = stranger.replies.items.length;
    const seen = await watch(arena(), () =>
      stranger.write({ topic: service.topics.requests.topic, ...write(stranger) }),
    );
    expect(seen.counted).toMatchObject({ calls: 2 });
    await stranger.replies.count(before + 1);
    expect(stranger.replies.items.slice(before)).toEqual([expect.objectContaining(answer)]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test.skipIf(target.skip)('a gzip bomb is skipped, which the driver tells', async () => {
    const { stranger, service, events } = arena();
    const { topic } = service.topics.requests;
    let offset: number | undefined;
    const seen = await watch(arena(), async () => {
      offset = await stranger.write({
        topic,
        value: Buffer.alloc(200_000_000),
        headers: { 'trpc-kafka': stranger.header },
        compression: CompressionTypes.GZIP,
      });
    });
    expect(seen.counted).toEqual({ calls: 1 });
    const told = events.items.flatMap((item) => (item.type === 'driver' ? [item.event] : []));
    expect(told.filter(({ type }) => type === 'records-skipped')).toEqual([
      {
        type: 'records-skipped',
        topic,
        partition: 0,
        firstOffset: offset,
        lastOffset: offset,
        error: expect.objectContaining({ code: 'ERR_BUFFER_TOO_LARGE' }),
      },
    ]);
  });
});
