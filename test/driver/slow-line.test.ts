import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { createKafkajsDriver } from '@trpc-kafka/core';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { type ISocketFactory, Kafka, logLevel } from 'kafkajs';
import { expect, it, onTestFinished } from 'vitest';
import { createCollector } from '../support/collector.js';
import { join } from './group-member.js';
import { record, write } from './records.js';

const bytesPerTurn = 100_000;
const turnMs = 50;

/** A line on which answers come at two megabytes a second, to whichever broker a socket is asked for. */
async function slowLine(): Promise<ISocketFactory> {
  const server = createServer((client) => {
    // The first line says where to.
    client.once('data', (head) => {
      const [port = '', rest = ''] = head.toString('latin1').split('\n', 2);
      const broker = connect(Number(port), '127.0.0.1');
      if (rest.length > 0) broker.write(Buffer.from(head.subarray(port.length + 1)));
      client.on('data', (chunk) => broker.write(chunk));
      let held = Buffer.alloc(0);
      broker.on('data', (chunk) => {
        held = Buffer.concat([held, chunk]);
      });
      const timer = setInterval(() => {
        if (held.length === 0) return;
        client.write(held.subarray(0, bytesPerTurn));
        held = held.subarray(bytesPerTurn);
      }, turnMs);
      for (const socket of [client, broker]) {
        socket.on('error', () => undefined);
        socket.on('close', () => {
          clearInterval(timer);
          client.destroy();
          broker.destroy();
        });
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port: linePort } = server.address() as AddressInfo;
  return ({ port, onConnect }) => {
    const socket = connect(linePort, '127.0.0.1', onConnect);
    socket.write(`${port}\n`);
    return socket;
  };
}

it('an answer that takes longer than a time-out to arrive is read: inboxes and groups get through a backlog', async () => {
  await using broker = await createDevBroker({ topics: [{ name: 't' }] });
  const settings = { brokers: broker.brokers, logLevel: logLevel.NOTHING };
  const fast = createKafkajsDriver(new Kafka(settings));
  onTestFinished(() => fast.close());
  // Eight megabytes in one fetch: four seconds on this line, twice what a silent broker is given.
  const value = Buffer.alloc(800_000, 'x');
  for (let i = 0; i < 10; i++) await write(fast, [record({ topic: 't' }, value)]);

  const driver = createKafkajsDriver(new Kafka({ ...settings, socketFactory: await slowLine() }));
  onTestFinished(() => driver.close());
  const lengths = createCollector<number>();
  driver.openInbox({
    topic: 't',
    partition: 0,
    from: { at: 'time', timestampMs: 0 },
    resumeFromTimeMs: () => 0,
    onRecords: ({ records }) => lengths.add(...records.map((one) => one.value?.length ?? 0)),
  });
  const member = join(driver, { groupId: 'g', topic: 't' });
  expect(await lengths.count(10)).toEqual(Array.from({ length: 10 }, () => value.length));
  expect(await member.records.count(10)).toHaveLength(10);
}, 40_000);
