import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { errorCodes } from '../src/protocol/error-codes.js';
import type { RawClient } from './support/raw-client.js';
import { fetch, produce } from './support/raw-messages.js';
import { batchesIn, recordBatch } from './support/record-batch.js';
import { type Target, targets } from './support/target.js';

/** The topics of these tests by what is special about them. */
const configs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  plain: {},
  stamped: { 'message.timestamp.type': 'LogAppendTime' },
  small: { 'max.message.bytes': '200' },
  compacted: { 'cleanup.policy': 'compact' },
  strict: { 'min.insync.replicas': '2' },
};

describe.each(targets)('%s', (_name, openTarget) => {
  let target: Target;
  let client: RawClient;
  let names: Map<string, Promise<string>>;

  /** The topic of a kind, made when a test first speaks of it; anything else is the name of a topic as it is. */
  function named(kind: string): Promise<string> {
    const config = configs[kind];
    const name = names.get(kind) ?? (config ? target.topic(config) : Promise.resolve(kind));
    names.set(kind, name);
    return name;
  }

  beforeEach(async () => {
    names = new Map();
    target = await openTarget();
    client = await target.connect();
  });

  afterEach(async () => {
    client[Symbol.dispose]();
    await target[Symbol.asyncDispose]();
  });

  test('offsets go on from batch to batch, by the number of records', async () => {
    const three = recordBatch({ records: [{ value: 'a' }, { value: 'b' }, { value: 'c' }] });

    const first = await produce(client, { topic: await named('plain') }, three);
    const second = await produce(client, { topic: await named('plain') }, recordBatch());
    const read = await fetch(client, { topic: await named('plain'), offset: 0 });

    expect([first, second]).toMatchObject([
      { errorCode: 0, baseOffset: 0, logAppendTimeMs: -1, logStartOffset: 0 },
      { errorCode: 0, baseOffset: 3 },
    ]);
    expect(read).toMatchObject({ errorCode: 0, highWatermark: 4, lastStableOffset: 4 });
    expect(batchesIn(read.records)).toMatchObject([
      { baseOffset: 0, recordCount: 3, leaderEpoch: 0, isCrcRight: true },
      { baseOffset: 3, recordCount: 1, isCrcRight: true },
    ]);
  });

  test('with LogAppendTime the broker writes its own time into the batch, and the checksum stays right', async () => {
    const before = Date.now();
    const answer = await produce(
      client,
      { topic: await named('stamped') },
      recordBatch({ baseTimestamp: 5 }),
    );
    const [batch] = batchesIn((await fetch(client, { topic: await named('stamped'), offset: 0 })).records);

    expect(answer.logAppendTimeMs).toBeGreaterThanOrEqual(before);
    expect(answer.logAppendTimeMs).toBeLessThanOrEqual(Date.now());
    expect(batch).toMatchObject({ attributes: 0x08, maxTimestamp: answer.logAppendTimeMs, isCrcRight: true });
  });

  test('with CreateTime the batch is kept byte for byte, but for its offset and epoch', async () => {
    const sent = recordBatch({ baseTimestamp: 5, gzip: true });
    await produce(client, { topic: await named('plain') }, sent);
    const [batch] = batchesIn((await fetch(client, { topic: await named('plain'), offset: 0 })).records);

    expect(batch!.bytes.subarray(16)).toEqual(sent.subarray(16));
  });

  describe('refused', () => {
    const longValue = { value: 'x'.repeat(200) };
    const corrupt = recordBatch();
    corrupt[corrupt.length - 1]! ^= 0xff;
    const twice = Buffer.concat([recordBatch(), recordBatch()]);
    const cases: [string, string, Buffer, keyof typeof errorCodes][] = [
      ['a topic that does not exist', 'nowhere', recordBatch(), 'UNKNOWN_TOPIC_OR_PARTITION'],
      ['no batch', 'plain', Buffer.alloc(0), 'INVALID_RECORD'],
      ['half a batch', 'plain', recordBatch().subarray(0, 30), 'INVALID_RECORD'],
      ['two batches', 'plain', twice, 'INVALID_RECORD'],
      ['an old message format', 'plain', recordBatch({ magic: 1 }), 'INVALID_RECORD'],
      ['a wrong checksum', 'plain', corrupt, 'CORRUPT_MESSAGE'],
      ['a base offset', 'plain', recordBatch({ baseOffset: 7 }), 'INVALID_RECORD'],
      ['no records', 'plain', recordBatch({ records: [] }), 'INVALID_RECORD'],
      ['control records', 'plain', recordBatch({ attributes: 0x20 }), 'INVALID_RECORD'],
      ['a transaction', 'plain', recordBatch({ attributes: 0x10 }), 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'],
      [
        'a time two hours ahead',
        'plain',
        recordBatch({ baseTimestamp: Date.now() + 7_200_000 }),
        'INVALID_TIMESTAMP',
      ],
      ['an idempotent producer without sequence', 'plain', recordBatch({ producerId: 1 }), 'INVALID_RECORD'],
      ['a batch over the limit', 'small', recordBatch({ records: [longValue] }), 'MESSAGE_TOO_LARGE'],
      ['a record without key in a compacted topic', 'compacted', recordBatch(), 'INVALID_RECORD'],
      ['one without key, compressed', 'compacted', recordBatch({ gzip: true }), 'INVALID_RECORD'],
      ['a topic of the broker itself', '__consumer_offsets', recordBatch(), 'INVALID_TOPIC_EXCEPTION'],
    ];

    test.for(cases)('%s', async ([_what, topic, batch, error]) => {
      const answer = await produce(client, { topic: await named(topic) }, batch);

      expect(answer).toMatchObject({ errorCode: errorCodes[error], baseOffset: -1 });
      expect(answer.errorMessage).not.toBe('');
    });

    test('and nothing of it is kept', async () => {
      await produce(client, { topic: await named('plain') }, twice);
      await produce(client, { topic: await named('plain') }, corrupt);

      expect(await fetch(client, { topic: await named('plain'), offset: 0 })).toMatchObject({
        highWatermark: 0,
      });
    });
  });

  test('the size limit counts the whole batch, and a batch of exactly that size passes', async () => {
    const empty = recordBatch({ records: [{ value: '' }] }).length;
    // Values of more than 63 bytes need a second length byte, and so does the record around them.
    const exact = recordBatch({ records: [{ value: 'x'.repeat(200 - empty - 2) }] });

    expect(exact.length).toBe(200);
    expect(await produce(client, { topic: await named('small') }, exact)).toMatchObject({ errorCode: 0 });
  });

  test('a topic that demands more replicas than it has is content with those', async () => {
    expect(await produce(client, { topic: await named('strict') }, recordBatch())).toMatchObject({
      errorCode: 0,
    });
  });

  test('a producer cannot claim append time', async () => {
    const sent = recordBatch({ attributes: 0x08, baseTimestamp: 5 });
    await produce(client, { topic: await named('plain') }, sent);
    const [batch] = batchesIn((await fetch(client, { topic: await named('plain'), offset: 0 })).records);

    expect(batch).toMatchObject({ attributes: 0, maxTimestamp: 5, isCrcRight: true });
  });

  test('acks other than -1, 0 and 1 are refused', async () => {
    const answer = await produce(client, { topic: await named('plain'), acks: 2 }, recordBatch());
    expect(answer).toMatchObject({ errorCode: errorCodes.INVALID_REQUIRED_ACKS });
  });

  test('acks=0 gets no answer but for a closed connection where it fails', async () => {
    const outcome = produce(client, { topic: 'nowhere', acks: 0 }, recordBatch());
    await expect(outcome).rejects.toThrow('connection closed');
  });

  describe('idempotent producers', () => {
    const batch = (baseSequence: number, count = 1, producerEpoch = 0): Buffer =>
      recordBatch({
        records: Array.from({ length: count }, (_, i) => ({ value: `${baseSequence + i}` })),
        producerId: 9,
        producerEpoch,
        baseSequence,
      });
    const send = async (baseSequence: number, count?: number, epoch?: number) =>
      produce(client, { topic: await named('plain') }, batch(baseSequence, count, epoch));

    test('a batch sent again is acknowledged with its first offset and appended once', async () => {
      await send(0, 2);
      await send(2);
      const again = await send(0, 2);

      expect(again).toMatchObject({ errorCode: 0, baseOffset: 0 });
      expect(await fetch(client, { topic: await named('plain'), offset: 0 })).toMatchObject({
        highWatermark: 3,
      });
    });

    test('only the last five batches are known', async () => {
      for (let sequence = 0; sequence < 6; sequence++) await send(sequence);

      expect(await send(1)).toMatchObject({ errorCode: 0, baseOffset: 1 });
      expect(await send(0)).toMatchObject({ errorCode: errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER });
    });

    test('a gap is out of order', async () => {
      await send(0);
      expect(await send(2)).toMatchObject({ errorCode: errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER });
      expect(await send(1)).toMatchObject({ errorCode: 0, baseOffset: 1 });
    });

    test('a producer that is not known may begin anywhere', async () => {
      expect(await send(77)).toMatchObject({ errorCode: 0, baseOffset: 0 });
    });

    test('a new epoch begins at 0, and the old one is over', async () => {
      await send(0, 1, 1);
      expect(await send(1, 1, 2)).toMatchObject({ errorCode: errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER });
      expect(await send(0, 1, 2)).toMatchObject({ errorCode: 0 });
      expect(await send(1, 1, 1)).toMatchObject({ errorCode: errorCodes.INVALID_PRODUCER_EPOCH });
    });

    test('sequence numbers wrap around', async () => {
      const last = 0x7fff_ffff;
      await send(last - 1, 2);
      expect(await send(0)).toMatchObject({ errorCode: 0, baseOffset: 2 });
    });
  });
});
