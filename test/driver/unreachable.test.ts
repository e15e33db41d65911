import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createKafkajsDriver, type DriverEvent } from '@trpc-kafka/core';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { Kafka, logLevel } from 'kafkajs';
import { expect, it, onTestFinished } from 'vitest';
import { createCollector } from '../support/collector.js';
import { join } from './group-member.js';
import { inShort, numbered, readAll, record, text, write } from './records.js';

/** An address at which nobody listens. */
async function deadAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `127.0.0.1:${port}`;
}

function openDriver(brokers: string[], connectTimeoutMs: number) {
  const driver = createKafkajsDriver(new Kafka({ brokers, logLevel: logLevel.NOTHING }), {
    connectTimeoutMs,
  });
  onTestFinished(() => driver.close());
  return driver;
}

it('names the brokers that were tried, wherever it fails for them', async () => {
  const brokers = [await deadAddress(), await deadAddress()];
  const driver = openDriver(brokers, 300);
  const events = createCollector<DriverEvent>();
  driver.on((event) => events.add(event));
  const unreachable = {
    code: 'BROKERS_UNREACHABLE',
    retryable: true,
    message: expect.stringMatching(new RegExp(brokers.join('.*'))),
  };
  await expect(driver.connect()).rejects.toMatchObject(unreachable);
  await expect(driver.countPartitions('t')).rejects.toMatchObject(unreachable);
  await expect(driver.createTopics([{ topic: 't', partitions: 1, config: {} }])).rejects.toMatchObject(
    unreachable,
  );
  const [outcome] = await driver.produce([record({ topic: 't' }, 'a')]);
  expect(outcome).toMatchObject({ ok: false, error: unreachable });
  // Once for each, however often it was tried.
  const told = events.items.filter((event) => event.type === 'connection-failed');
  expect(told.flatMap((event) => event.brokers).sort()).toEqual([...brokers].sort());
});

it('uses the brokers that can be reached', async () => {
  await using broker = await createDevBroker({ topics: [{ name: 't' }] });
  const driver = openDriver([await deadAddress(), ...broker.brokers], 5000);
  expect(await write(driver, [record({ topic: 't' }, 'a')])).toEqual([0]);
});

it('waits for brokers that are not up yet: an inbox opens, a group is joined, records are written', async () => {
  const broker = await createDevBroker({ topics: [{ name: 't' }] });
  onTestFinished(() => broker.close());
  const [nodeId] = broker.nodeIds;
  await broker.cluster.stopNode(nodeId!);
  const driver = openDriver([...broker.brokers], 20_000);
  const events = createCollector<{ type: string }>();
  driver.on((event) => events.add(event));
  const values: string[] = [];
  const inbox = driver.openInbox({
    topic: 't',
    partition: 0,
    from: { at: 'time', timestampMs: 0 },
    resumeFromTimeMs: () => 0,
    onRecords: () => undefined,
  });
  const group = driver.openGroup({
    groupId: 'g',
    topic: 't',
    onRecords: ({ records }) => values.push(...records.map(({ value }) => String(value))),
    onAssigned: () => undefined,
    onRevoked: () => undefined,
    offsetsToCommit: () => [],
  });
  const outcomes = driver.produce([record({ topic: 't' }, 'a')]);
  await events.until((all) => all.some(({ type }) => type === 'group-failed'), 'the group to fail');
  await events.until((all) => all.some(({ type }) => type === 'connection-failed'), 'a connection to fail');
  await broker.cluster.startNode(nodeId!);
  await Promise.all([inbox.ready, group.ready]);
  expect((await outcomes).map(inShort)).toEqual([0]);
  expect(events.items.filter(({ type }) => type === 'connected')).toHaveLength(1);
});

it('waits for brokers that it knew, also with the first record of all', async () => {
  const broker = await createDevBroker({ topics: [{ name: 't' }] });
  onTestFinished(() => broker.close());
  const [nodeId] = broker.nodeIds;
  const driver = openDriver([...broker.brokers], 100);
  await driver.connect();
  await broker.cluster.stopNode(nodeId!);
  const written = write(driver, [record({ topic: 't' }, 'a')]);
  // So long connecting is tried at a time: the record is still there after it.
  await expect(driver.countPartitions('t')).rejects.toMatchObject({ code: 'BROKERS_UNREACHABLE' });
  await broker.cluster.startNode(nodeId!);
  expect(await written).toEqual([0]);
});

it('says what keeps an inbox from reading, and says it again when that is something else', async () => {
  const broker = await createDevBroker({ topics: [{ name: 't' }] });
  const driver = openDriver([...broker.brokers], 20_000);
  const codes = createCollector<string | undefined>();
  driver.on((event) => {
    if (event.type === 'inbox-interrupted') codes.add((event.error as { code?: string }).code);
  });
  const read = readAll(driver, 't');
  await write(driver, [record({ topic: 't' }, 'a')]);
  await read.count(1);
  await broker.close();
  await codes.count(1);
  // It keeps nothing: the topic is gone.
  await using _empty = await createDevBroker({ port: Number(broker.brokers[0]!.split(':')[1]) });
  expect(await codes.count(2)).toEqual(['BROKERS_UNREACHABLE', 'TOPIC_MISSING']);
});

it('goes on where it was when the only broker goes and comes: one membership, one inbox, nothing twice', async () => {
  const broker = await createDevBroker({ topics: [{ name: 't' }] });
  onTestFinished(() => broker.close());
  const [nodeId] = broker.nodeIds;
  const driver = openDriver([...broker.brokers], 20_000);
  const events = createCollector<DriverEvent>();
  driver.on((event) => events.add(event));
  const read = readAll(driver, 't');
  const member = join(driver, { groupId: 'g', topic: 't' });
  await member.ready;
  const written: string[] = [];
  for (let round = 0; round < 3; round++) {
    const records = numbered({ topic: 't' }, 3, `${round}.`);
    written.push(...records.map(({ value }) => String(value)));
    await write(driver, records);
    await member.records.count(written.length);
    const failures = () => events.items.filter(({ type }) => type === 'connection-failed').length;
    const before = failures();
    await broker.cluster.stopNode(nodeId!);
    const late = write(driver, numbered({ topic: 't' }, 1, `${round}.late`));
    written.push(`${round}.late0`);
    await events.until(() => failures() > before, 'the failure to be told');
    await broker.cluster.startNode(nodeId!);
    await late;
  }
  expect((await read.count(written.length)).map(text)).toEqual(written);
  expect((await member.records.count(written.length)).map(text)).toEqual(written);
  expect(events.items.filter(({ type }) => type === 'group-failed')).toEqual([]);
});
