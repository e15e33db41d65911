/** The way to a leader and what it says, on both brokers. */
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { describe, expect, test } from 'vitest';
import { sharedBrokers } from '../../../test/support/shared-brokers.ts';
import { uniqueName } from '../../../test/support/unique-name.ts';
import { createTopics } from '../../src/broker/create-topics.ts';
import { fetchBatches } from '../../src/floor/fetch.ts';
import { openLeader } from '../../src/floor/open-leader.ts';
import { createBatchWriter } from '../../src/floor/produce.ts';
import { readValues } from '../../src/floor/record-batch.ts';

describe.each(await sharedBrokers())('on $name', ({ skip, brokers }) => {
  test.skipIf(skip)('a leader is waited for until its topic is there', async () => {
    const topic = uniqueName('bench');
    const opening = openLeader(brokers, topic);
    await createTopics(brokers, { [topic]: 1 });
    const { connection, endOffset } = await opening;
    await connection.close();

    expect(endOffset).toBe(0);
  });

  test.skipIf(skip)('a partition ends behind what was written, and is read from any offset', async () => {
    const topic = uniqueName('bench');
    await createTopics(brokers, { [topic]: 1 });
    const first = await openLeader(brokers, topic);
    await createBatchWriter(first.connection, topic).write(
      ['a', 'b', 'c'].map((value) => Buffer.from(value)),
    );
    const second = await openLeader(brokers, topic);
    const values = readValues(await fetchBatches(second.connection, topic, 1), 1);
    await Promise.all([first.connection.close(), second.connection.close()]);

    expect(second.endOffset).toBe(3);
    expect(values.map(String)).toEqual(['b', 'c']);
  });

  test.skipIf(skip)('what a broker refuses is an error that says what and where', async () => {
    const topic = uniqueName('bench');
    await createTopics(brokers, { [topic]: 1 });
    const { connection } = await openLeader(brokers, topic);
    const tooLarge = createBatchWriter(connection, topic).write([Buffer.alloc(2_000_000)]);
    const beyondTheEnd = fetchBatches(connection, topic, 99);

    await expect(tooLarge).rejects.toThrow(`writing to ${topic}[0]: the broker answered error 10,`);
    await expect(beyondTheEnd).rejects.toThrow(`reading ${topic}[0] at 99: the broker answered error 1,`);
    await connection.close();
  });
});

test('a broker that goes away takes open requests with it, and those that come later', async () => {
  const broker = await createDevBroker({ topics: [{ name: 't' }] });
  const { connection } = await openLeader(broker.brokers, 't');
  const waiting = fetchBatches(connection, 't', 0);
  await broker.close();

  await expect(waiting).rejects.toThrow(`the connection to ${broker.brokers[0]} is closed`);
  await expect(fetchBatches(connection, 't', 0)).rejects.toThrow('is closed');
});
