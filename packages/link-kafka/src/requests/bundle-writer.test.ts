import type { OutgoingRecord, RecordInterceptor } from '@trpc-kafka/core';
import {
  type BatchEntry,
  decodeValue,
  type InterceptedCall,
  jsonEnvelopes,
  type TransportLease,
} from '@trpc-kafka/core/internal';
import { describe, expect, test } from 'vitest';
import { kafkaContext } from '../calls/call-options.js';
import type { SettledCallOptions } from '../calls/idempotency-key.js';
import { PendingCall } from '../calls/pending-call.js';
import { type BundleRules, createBundleWriter } from './bundle-writer.js';
import type { CallWriting } from './call-writer.js';
import { createRequestSender } from './request-sender.js';

interface HarnessOptions extends Partial<BundleRules> {
  readonly interceptors?: readonly RecordInterceptor[];
  readonly maxMessageBytes?: number;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A writer whose batcher is the test. */
function createHarness({ interceptors = [], maxMessageBytes = 10_000, ...rules }: HarnessOptions = {}) {
  const queue: BatchEntry[] = [];
  const directory = { known: () => 4, lookUp: async () => 4, learn() {} };
  const requests = createRequestSender({
    transport: { directory } as unknown as TransportLease,
    interceptors,
    maxMessageBytes,
    codec: jsonEnvelopes,
    sender: () => '1;json;from=me',
  });
  const writing: CallWriting = {
    topic: 'flights.requests',
    connectionParams: () => undefined,
    maxMessageBytes,
    requests,
    batcher: { add: (entry) => void queue.push(entry), drain: async () => {}, queued: () => queue.length },
  };
  const writer = createBundleWriter(writing, {
    headersOf: () => undefined,
    maxItems: 64,
    maxBytes: maxMessageBytes,
    ...rules,
  });
  const failures: string[] = [];
  let lastId = 0;

  function make(input: unknown, options: SettledCallOptions = {}): PendingCall {
    const id = ++lastId;
    const call = new PendingCall({
      id,
      type: 'query',
      path: 'p',
      timeoutMs: 50_000,
      deadlineMs: Date.now() + 50_000,
      listener: {
        message() {},
        failed: (error) => void failures.push(`${id} ${error.message.split(':')[0]}`),
      },
      owner: {
        settle(settled) {
          settled.settled = true;
        },
        sent() {},
        answered() {},
        turnAway() {},
        timeoutError: () => new Error('timeout'),
      },
    });
    const op = { id, type: 'query', path: 'p', input, context: {}, signal: null } as const;
    const { kafka } = kafkaContext(options) as { kafka: SettledCallOptions };
    void writer.write(call, { type: 'query', path: 'p', input, options: kafka, op });
    return call;
  }

  /** Forms a batch: the entries that gave a record, with it. */
  function form(): { entry: BatchEntry; record: OutgoingRecord }[] {
    const formed: { entry: BatchEntry; record: OutgoingRecord }[] = [];
    for (const entry of queue.splice(0)) {
      const record = entry.toRecord({ partitionFor: (picker) => picker.pick() });
      if (record !== undefined) formed.push({ entry, record });
    }
    return formed;
  }

  return {
    queue,
    make,
    form,
    failures,
    /** The ids in each record of a batch. */
    idsWritten: () => form().map(({ record }) => idsOf(record)),
  };
}

function idsOf({ value }: OutgoingRecord): unknown[] {
  return decodeValue(Buffer.from(value as string)).map((envelope) => envelope.ok && envelope.message.id);
}

describe('which calls share a record', () => {
  test('those made before a batch is formed do; what comes after is for the next', () => {
    const { make, idsWritten } = createHarness();
    for (const input of ['a', 'b', 'c']) make(input);
    expect(idsWritten()).toEqual([[1, 2, 3]]);
    make('d');
    expect(idsWritten()).toEqual([[4]]);
  });

  test('a call alone is written as kafkaLink writes it', () => {
    const { make, form } = createHarness();
    make('a');
    const { record } = form()[0]!;
    expect(JSON.parse(record.value as string)).toMatchObject({ id: 1, params: { input: 'a' } });
    expect(record.headers['trpc-kafka']).toMatch(/^1;json;from=me;id=1;deadline=\d+$/);
  });

  test('the header of a record with several calls names none of them', () => {
    const { make, form } = createHarness();
    make('a');
    make('b');
    expect(form()[0]!.record.headers).toEqual({ 'trpc-kafka': '1;json;from=me' });
  });

  test('calls with other keys or headers have other records; an idempotency key is a key', () => {
    const { make, form } = createHarness();
    const options: SettledCallOptions[] = [
      {},
      { key: 'LH' },
      { headers: { a: '1', b: '2' } },
      { idempotencyKey: 'LH' },
      { headers: { b: '2', a: '1' } },
      { key: 'BA', headers: { a: '1' } },
      { headers: {} },
    ];
    for (const each of options) make('input', each);
    const records = form().map(({ record }) => record);
    expect(records.map(idsOf)).toEqual([[1, 7], [2, 4], [3, 5], [6]]);
    expect(records.map(({ key }) => key)).toEqual([null, 'LH', null, 'BA']);
    expect(records.map(({ headers }) => [headers['a'], headers['b']])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
      ['1', '2'],
      ['1', undefined],
    ]);
  });

  test('as many as maxItems allows', () => {
    const { make, idsWritten } = createHarness({ maxItems: 2 });
    for (const input of ['a', 'b', 'c', 'd', 'e']) make(input);
    expect(idsWritten()).toEqual([[1, 2], [3, 4], [5]]);
  });

  test('as many bytes as maxBytes allows, to the last', () => {
    /** The sizes of the records that three calls give. */
    const sizesWith = (maxBytes?: number): number[] => {
      const { make, form } = createHarness(maxBytes === undefined ? {} : { maxBytes });
      for (const input of ['é', '東京', '🛫']) make(input);
      return form().map(({ record }) => Buffer.byteLength(record.value as string));
    };
    const [together = 0] = sizesWith();
    expect(sizesWith(together)).toEqual([together]);
    expect(sizesWith(together - 1)).toHaveLength(2);
  });

  test('a call too large for company leaves the open record to those behind it', () => {
    const { make, idsWritten } = createHarness({ maxBytes: 1000 });
    make('a');
    make('x'.repeat(2000));
    make('b');
    expect(idsWritten()).toEqual([[1, 3], [2]]);
  });
});

describe('one call does not spoil the others', () => {
  test('one whose input cannot be written', () => {
    const { make, idsWritten } = createHarness();
    make('a');
    expect(() => make(1n)).toThrow('BigInt');
    make('b');
    expect(idsWritten()).toEqual([[1, 3]]);
  });

  test('those given up before a batch is formed are not written', () => {
    const { make, idsWritten } = createHarness();
    const [first, second] = [make('a'), make('b'), make('c')];
    second!.settled = true;
    expect(idsWritten()).toEqual([[1, 3]]);
    expect([first!.mayBeKnown, second!.mayBeKnown]).toEqual([true, false]);
    make('d').settled = true;
    expect(idsWritten()).toEqual([]);
  });

  test('those behind a record that nobody waits for any more have one of their own', () => {
    const { make, idsWritten, queue } = createHarness();
    make('a').settled = true;
    // As when an idle client gives its transport back: what stands in its queue is never written.
    queue.length = 0;
    make('b');
    make('c');
    expect(idsWritten()).toEqual([[2, 3]]);
  });

  test('one that is too large, alone or by the headers of the record', () => {
    const { make, idsWritten, failures } = createHarness({
      maxMessageBytes: 2000,
      headersOf: () => ({ padding: 'x'.repeat(400) }),
    });
    for (const size of [300, 1000, 300, 3000]) make('x'.repeat(size));
    expect(idsWritten()).toEqual([]);
    expect(idsWritten()).toEqual([[1], [3]]);
    expect(failures).toEqual(['4 PAYLOAD_TOO_LARGE', '2 PAYLOAD_TOO_LARGE']);
  });

  test('one that an interceptor refuses: it is asked again for each, with the headers as they were', async () => {
    const asked: [readonly number[], string][] = [];
    const ids = (calls: readonly InterceptedCall[]): number[] => calls.map(({ id }) => Number(id));
    const interceptor: RecordInterceptor = {
      async beforeSend({ calls, headers }) {
        headers['seen'] = `${headers['seen'] ?? ''}x`;
        asked.push([ids(calls), headers['seen']]);
        await Promise.resolve();
        if (calls.some(({ id }) => id === 2)) throw new Error('not this one');
      },
    };
    const { make, form, failures } = createHarness({
      interceptors: [interceptor],
      headersOf: () => ({ a: 'link' }),
    });
    for (const input of ['a', 'b', 'c']) make(input);
    const written: OutgoingRecord[] = [];
    for (let round = 0; round < 4; round++) {
      written.push(...form().map(({ record }) => record));
      await turn();
    }
    expect(asked).toEqual([
      [[1, 2, 3], 'x'],
      [[1], 'x'],
      [[2], 'x'],
      [[3], 'x'],
    ]);
    expect(written.map((record) => [idsOf(record), record.headers['a'], record.headers['seen']])).toEqual([
      [[1], 'link', 'x'],
      [[3], 'link', 'x'],
    ]);
    expect(failures).toEqual(['2 not this one']);
  });

  test('brokers that refuse a record fail each of its calls that is still awaited', () => {
    const { make, form, failures } = createHarness();
    const calls = [make('a'), make('b'), make('c')];
    const { entry } = form()[0]!;
    calls[1]!.settled = true;
    entry.failed(new Error('no leader'));
    expect(failures).toEqual(['1 no leader', '3 no leader']);
  });

  test('each knows where its record went', () => {
    const { make, form } = createHarness();
    const calls = [make('a'), make('b')];
    const { entry } = form()[0]!;
    const position = { topic: 'flights.requests', partition: 1, offset: 7 };
    entry.delivered(position);
    expect(calls.map(({ sentTo }) => sentTo)).toEqual([position, position]);
  });
});

describe('headers', () => {
  test('are asked for once per record, with the operations that are still wanted', () => {
    const asked: number[][] = [];
    const { make, form } = createHarness({
      headersOf(ops) {
        asked.push(ops.map(({ id }) => id));
        return { count: String(ops.length) };
      },
    });
    make('a');
    make('b').settled = true;
    make('c', { headers: { mine: 'call', count: 'call' } });
    make('d');
    expect(form().map(({ record }) => [record.headers['count'], record.headers['mine']])).toEqual([
      ['2', undefined],
      ['call', 'call'],
    ]);
    expect(asked).toEqual([[1, 4], [3]]);
  });

  test('that take time hold up their record only; who gives up meanwhile is not written', async () => {
    const ready: ((headers: Record<string, string>) => void)[] = [];
    const { make, idsWritten } = createHarness({
      headersOf: () => new Promise((resolve) => ready.push(resolve)),
    });
    const [, second] = [make('a'), make('b'), make('c')];
    expect(idsWritten()).toEqual([]);
    make('d');
    expect(idsWritten()).toEqual([]);
    second!.settled = true;
    ready[1]!({});
    await turn();
    expect(idsWritten()).toEqual([[4]]);
    ready[0]!({});
    await turn();
    expect(idsWritten()).toEqual([[1, 3]]);
  });

  test('that cannot be made fail the calls of their record, and no others', async () => {
    let fails = true;
    const { make, idsWritten, failures } = createHarness({
      headersOf() {
        if (fails) throw new Error('no token');
        return undefined;
      },
    });
    make('a');
    make('b');
    expect(idsWritten()).toEqual([]);
    fails = false;
    make('c');
    expect(idsWritten()).toEqual([[3]]);
    expect(failures).toEqual(['1 no token', '2 no token']);
    const rejecting = createHarness({ headersOf: () => Promise.reject(new Error('no token either')) });
    rejecting.make('a');
    rejecting.idsWritten();
    await turn();
    expect([rejecting.idsWritten(), rejecting.failures]).toEqual([[], ['1 no token either']]);
  });

  test('with a name that is reserved fail every call', () => {
    const { make, idsWritten, failures } = createHarness({ headersOf: () => ({ 'trpc-kafka': 'mine' }) });
    make('a');
    make('b');
    expect([idsWritten(), idsWritten()]).toEqual([[], []]);
    expect(failures).toEqual(['1 INVALID_OPTION', '2 INVALID_OPTION']);
  });
});
