import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDevBroker } from '../src/index.js';
import { errorCodes } from '../src/protocol/error-codes.js';
import { connectRaw, type RawClient } from './support/raw-client.js';
import { fetch, fetchV11, fetchV13, produce } from './support/raw-messages.js';
import { batchesIn, recordBatch } from './support/record-batch.js';
import { type Target, targets } from './support/target.js';

/** Far longer than a test may take: whatever is answered was woken, not timed out. */
const LONG_MS = 60_000;
const value = (length: number): Buffer => recordBatch({ records: [{ value: 'x'.repeat(length) }] });

describe.each(targets)('%s', (_name, openTarget) => {
  let target: Target;
  let topic: string;
  let reader: RawClient;
  let writer: RawClient;

  beforeEach(async () => {
    target = await openTarget();
    topic = await target.topic();
    reader = await target.connect();
    writer = await target.connect();
  });

  afterEach(async () => {
    reader[Symbol.dispose]();
    writer[Symbol.dispose]();
    await target[Symbol.asyncDispose]();
  });

  test('a fetch that waits is answered by the next record', async () => {
    const waiting = fetch(reader, { topic, offset: 0, maxWaitMs: LONG_MS });
    await target.received('Fetch');
    await produce(writer, { topic }, recordBatch());

    expect(batchesIn((await waiting).records)).toMatchObject([{ baseOffset: 0 }]);
  });

  test('a fetch waits until there are min_bytes', async () => {
    const small = value(10);
    const waiting = fetch(reader, { topic, offset: 0, maxWaitMs: LONG_MS, minBytes: small.length * 3 });
    await target.received('Fetch');
    for (let i = 0; i < 3; i++) await produce(writer, { topic }, small);

    expect(batchesIn((await waiting).records)).toHaveLength(3);
  });

  test('when max_wait is over a fetch is answered with what there is', async () => {
    await produce(writer, { topic }, recordBatch());
    const answer = await fetch(reader, { topic, offset: 0, maxWaitMs: 1, minBytes: 100_000 });

    expect(batchesIn(answer.records)).toHaveLength(1);
  });

  test('at the end of the log a fetch that must not wait gets nothing, without an error', async () => {
    await produce(writer, { topic }, recordBatch());
    const answer = await fetch(reader, { topic, offset: 1 });

    expect(answer).toMatchObject({ errorCode: 0, highWatermark: 1 });
    expect(batchesIn(answer.records)).toEqual([]);
  });

  test('the first batch comes whole even if it is larger than every limit', async () => {
    await produce(writer, { topic }, value(5000));
    await produce(writer, { topic }, value(5000));
    const answer = await fetch(reader, { topic, offset: 0, partitionMaxBytes: 10 });

    expect(batchesIn(answer.records)).toMatchObject([{ baseOffset: 0 }]);
  });

  test('only the first batch of an answer may exceed the limits, not the first of every partition', async () => {
    const other = await target.topic();
    await produce(writer, { topic }, value(5000));
    await produce(writer, { topic: other }, value(5000));
    const answer = await reader.send(fetchV11, {
      maxBytes: 10,
      topics: [topic, other].map((name) => ({ name, partitions: [{ fetchOffset: 0 }] })),
    });

    expect(answer.topics.map(({ partitions }) => batchesIn(partitions[0]!.records).length)).toEqual([1, 0]);
  });

  test('the limit of an answer holds for all of its partitions together', async () => {
    const other = await target.topic();
    const batch = value(100);
    for (const name of [topic, topic, other, other]) await produce(writer, { topic: name }, batch);
    const answer = await reader.send(fetchV11, {
      maxBytes: batch.length * 3,
      topics: [topic, other].map((name) => ({ name, partitions: [{ fetchOffset: 0 }] })),
    });

    expect(answer.topics.map(({ partitions }) => batchesIn(partitions[0]!.records).length)).toEqual([2, 1]);
  });

  test('an answer holds as many batches as fit, and the beginning of the next', async () => {
    const batch = value(100);
    for (let i = 0; i < 5; i++) await produce(writer, { topic }, batch);
    const { records } = await fetch(reader, { topic, offset: 0, partitionMaxBytes: batch.length * 3 + 5 });

    expect(batchesIn(records)).toHaveLength(3);
    expect(records).toHaveLength(batch.length * 3 + 5);
  });

  test('a fetch from the middle of a batch returns the whole batch', async () => {
    await produce(writer, { topic }, recordBatch({ records: [{ value: 'a' }, { value: 'b' }] }));
    const answer = await fetch(reader, { topic, offset: 1 });

    expect(batchesIn(answer.records)).toMatchObject([{ baseOffset: 0, recordCount: 2 }]);
  });

  test.each([
    ['above the end', 2],
    ['below the start', -5],
  ])('an offset %s is out of range', async (_where, offset) => {
    await produce(writer, { topic }, recordBatch());
    const answer = await fetch(reader, { topic, offset, maxWaitMs: LONG_MS });

    expect(answer).toMatchObject({ errorCode: errorCodes.OFFSET_OUT_OF_RANGE, highWatermark: -1 });
  });

  test.each([
    ['topic', { topic: 'nowhere' }, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['partition', { partition: 9 }, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['leader epoch', { leaderEpoch: 5 }, 'UNKNOWN_LEADER_EPOCH'],
  ] as const)('the wrong %s is answered at once', async (_what, wrong, error) => {
    const answer = await fetch(reader, { topic, ...wrong, offset: 0, maxWaitMs: LONG_MS });
    expect(answer).toMatchObject({ errorCode: errorCodes[error] });
  });

  test('a fetch that waits learns at once that its topic is gone', async () => {
    const waiting = fetch(reader, { topic, offset: 0, maxWaitMs: LONG_MS });
    await target.received('Fetch');
    await target.deleteTopic(topic);

    expect(await waiting).toMatchObject({ errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION });
  });

  test('a fetch session that was never opened is not known', async () => {
    const answer = await reader.send(fetchV11, { sessionId: 5, sessionEpoch: 1, topics: [] });
    expect(answer).toMatchObject({ errorCode: errorCodes.FETCH_SESSION_ID_NOT_FOUND, sessionId: 0 });
  });

  test('a topic id that is not known is an error of its own', async () => {
    const topicId = Buffer.alloc(16, 7).toString('base64url');
    const answer = await reader.send(fetchV13, { topics: [{ topicId, partitions: [{ fetchOffset: 0 }] }] });

    expect(answer.topics).toMatchObject([
      { topicId, partitions: [{ errorCode: errorCodes.UNKNOWN_TOPIC_ID }] },
    ]);
  });
});

test('a node that does not lead says so, and a fetch that waits learns at once that the leader has moved', async () => {
  await using broker = await createDevBroker({ nodes: 2, topics: [{ name: 't', replicationFactor: 2 }] });
  const leader = broker.nodeIds.indexOf(broker.leaderOf('t', 0)!);
  using atLeader = await connectRaw(broker.brokers[leader]!);
  using atFollower = await connectRaw(broker.brokers[1 - leader]!);

  expect(await fetch(atFollower, { topic: 't', offset: 0, maxWaitMs: LONG_MS })).toMatchObject({
    errorCode: errorCodes.NOT_LEADER_OR_FOLLOWER,
  });
  const waiting = fetch(atLeader, { topic: 't', offset: 0, leaderEpoch: 0, maxWaitMs: LONG_MS });
  await broker.requests.until({ api: 'Fetch' }, 2);
  broker.cluster.moveLeader('t', 0);
  expect(await waiting).toMatchObject({ errorCode: errorCodes.FENCED_LEADER_EPOCH });
});

test('a session that is asked for is not opened, which clients take for a full fetch', async () => {
  await using broker = await createDevBroker();
  using reader = await connectRaw(broker.brokers[0]!);
  const answer = await reader.send(fetchV11, { sessionId: 0, sessionEpoch: 0, topics: [] });
  expect(answer).toMatchObject({ errorCode: 0, sessionId: 0 });
});
