import type { IncomingRecord } from '@trpc-kafka/core';
import { expect } from 'vitest';
import { createCollector } from '../../support/collector.js';
import type { DriverCase } from '../driver-case.js';
import { join } from '../group-member.js';
import { inShort, numbered, readAll, record, text, write } from '../records.js';

const needs = ['request-faults'] as const;

/** What brokers answer when the same request may succeed later. */
const passing = [
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'NOT_ENOUGH_REPLICAS',
  'REQUEST_TIMED_OUT',
  'KAFKA_STORAGE_ERROR',
  'UNKNOWN_TOPIC_OR_PARTITION',
] as const;

/** Single requests are lost, late or refused. Only a broker that can be told to fail does it when it is wanted. */
export const requestFaultCases: readonly DriverCase[] = [
  {
    name: 'writes a record once when its acknowledgement is lost',
    needs,
    async run({ openDriver, createTopic, faulty }) {
      const topic = await createTopic();
      const driver = openDriver();
      await write(driver, [record({ topic }, 'first')]);
      for (const fault of ['cut', 'drop'] as const) {
        faulty.faults[fault]({ api: 'Produce', topic }, { when: 'after', times: 1 });
        await write(driver, [record({ topic }, fault)]);
      }
      await write(driver, [record({ topic }, 'last')]);
      expect((await readAll(driver, topic).count(4)).map(text)).toEqual(['first', 'cut', 'drop', 'last']);
      expect(await driver.listOffsets({ topic, at: 'latest' })).toEqual(new Map([[0, 4]]));
    },
  },
  {
    name: 'tries again what brokers refuse in passing, and tells it',
    needs,
    async run({ openDriver, createTopic, faulty }) {
      const topic = await createTopic();
      const driver = openDriver();
      for (const [offset, error] of passing.entries()) {
        faulty.faults.fail({ api: 'Produce', topic }, error, { times: 2 });
        expect(await write(driver, [record({ topic }, error)])).toEqual([offset]);
      }
      const retried = driver.events.items.filter((event) => event.type === 'produce-retried');
      expect(retried).toHaveLength(2 * passing.length);
    },
  },
  {
    name: 'asks for no leader that it was told of when it described or counted a topic, until that leads no more',
    needs,
    async run({ openDriver, createTopic, faulty }) {
      const [described, counted] = [await createTopic(), await createTopic()];
      const driver = openDriver();
      await driver.connect();
      await driver.describeTopics([described]);
      await driver.countPartitions(counted);
      const asked = faulty.requests.count({ api: 'Metadata' });
      await write(driver, [record({ topic: described }, 'first'), record({ topic: counted }, 'first')]);
      expect(faulty.requests.count({ api: 'Metadata' })).toBe(asked);
      faulty.faults.fail({ api: 'Produce', topic: counted }, 'NOT_LEADER_OR_FOLLOWER', { times: 1 });
      await write(driver, [record({ topic: counted }, 'second')]);
      expect(faulty.requests.count({ api: 'Metadata' })).toBeGreaterThan(asked);
      expect((await readAll(driver, counted).count(2)).map(text)).toEqual(['first', 'second']);
    },
  },
  {
    name: 'describes a topic whose settings the broker that is asked does not know yet, with its settings',
    needs,
    async run({ openDriver, createTopic, faulty }) {
      const topic = await createTopic();
      faulty.faults.fail({ api: 'DescribeConfigs' }, 'UNKNOWN_TOPIC_OR_PARTITION', { times: 2 });
      const described = await openDriver().describeTopics([topic]);
      expect(described.get(topic)?.config['cleanup.policy']).toBe('delete');
    },
  },
  {
    name: 'takes a new identity when brokers no longer know its own',
    needs,
    async run({ openDriver, createTopic, faulty }) {
      const topic = await createTopic({ partitions: 2 });
      const driver = openDriver();
      const both = () => [record({ topic, partition: 0 }, 'a'), record({ topic, partition: 1 }, 'b')];
      const errors = [
        'OUT_OF_ORDER_SEQUENCE_NUMBER',
        'UNKNOWN_PRODUCER_ID',
        'INVALID_PRODUCER_EPOCH',
      ] as const;
      let offset = 0;
      for (const error of errors) {
        faulty.faults.fail({ api: 'Produce', topic }, error, { times: 1 });
        expect(await write(driver, both())).toEqual([offset, offset]);
        expect(await write(driver, both())).toEqual([offset + 1, offset + 1]);
        offset += 2;
      }
      expect(
        driver.events.items.filter((event) => event.type === 'producer-replaced').length,
      ).toBeGreaterThanOrEqual(3);
    },
  },
  {
    name: 'gives up what is refused for good, at once',
    needs,
    async run({ openDriver, createTopic, faulty }) {
      const topic = await createTopic();
      const driver = openDriver();
      for (const [error, code] of [
        ['TOPIC_AUTHORIZATION_FAILED', 'AUTHORIZATION_FAILED'],
        ['CLUSTER_AUTHORIZATION_FAILED', 'AUTHORIZATION_FAILED'],
        ['POLICY_VIOLATION', 'PRODUCE_FAILED'],
      ] as const) {
        const fault = faulty.faults.fail({ api: 'Produce', topic }, error);
        const [outcome] = await driver.produce([record({ topic }, 'a')]);
        fault.remove();
        expect(fault.hits).toBe(1);
        expect(outcome).toMatchObject({ ok: false, error: { code, retryable: false } });
        expect((outcome as { error: Error }).error.message).toContain(`${topic}[0]`);
      }
      expect(await write(driver, [record({ topic }, 'b')])).toEqual([0]);
    },
  },
  {
    name: 'takes more batches while some are held up, and not otherwise',
    needs,
    async run({ openDriver, createTopic, faulty }) {
      const [topic, held] = [await createTopic(), await createTopic()];
      const driver = openDriver();
      await write(driver, [record({ topic }, 'a'), record({ topic: held }, 'a')]);
      const usual = driver.maxBatchesInFlight;
      const fault = faulty.faults.drop({ api: 'Produce', topic: held });
      const calls = Array.from({ length: usual }, () => driver.produce([record({ topic: held }, 'b')]));
      expect(driver.maxBatchesInFlight).toBe(usual);
      await new Promise<void>((resolve) => {
        const look = () => (driver.maxBatchesInFlight > usual ? resolve() : void setImmediate(look));
        look();
      });
      fault.remove();
      await Promise.all(calls);
      expect(driver.maxBatchesInFlight).toBe(usual);
    },
  },
  {
    name: 'counts right when a broker carried a batch out twice',
    needs,
    async run({ openDriver, createTopic, faulty }) {
      const topic = await createTopic();
      const driver = openDriver();
      faulty.faults.duplicate({ api: 'Produce', topic }, { times: 1 });
      expect(await write(driver, [record({ topic }, 'a')])).toEqual([0]);
      expect(await write(driver, [record({ topic }, 'b')])).toEqual([1]);
    },
  },
  {
    name: 'goes on reading an inbox whatever befalls its fetches',
    needs,
    async run({ openDriver, createTopic, faulty }) {
      const topic = await createTopic();
      const [driver, reader] = [openDriver(), openDriver()];
      const read = readAll(reader, topic);
      await write(driver, [record({ topic }, 'start')]);
      await read.count(1);
      const fetches = { api: 'Fetch', topic } as const;
      const befall = [
        () => faulty.faults.cut(fetches, { times: 1 }),
        () => faulty.faults.cut(fetches, { times: 1, when: 'after' }),
        () => faulty.faults.drop(fetches, { times: 1 }),
        ...passing.map((error) => () => faulty.faults.fail(fetches, error, { times: 1 })),
      ];
      for (const [i, strike] of befall.entries()) {
        const fault = strike();
        await fault.untilHit();
        await write(driver, [record({ topic }, `${i}`)]);
        await read.count(i + 2);
      }
      expect(read.items.map(text)).toEqual(['start', ...befall.keys()].map(String));
    },
  },
  {
    name: 'opens an inbox in spite of what befalls its first questions',
    needs,
    async run({ openDriver, createTopic, faulty }) {
      const topic = await createTopic();
      const driver = openDriver();
      await write(driver, numbered({ topic }, 3));
      const faults = [
        faulty.faults.drop({ api: 'ApiVersions' }, { times: 2 }),
        faulty.faults.cut({ api: 'Metadata', topic }, { times: 1 }),
        faulty.faults.fail({ api: 'ListOffsets', topic }, 'NOT_LEADER_OR_FOLLOWER', { times: 1 }),
        faulty.faults.cut({ api: 'ListOffsets', topic }, { times: 1 }),
      ];
      const inbox = openDriver().openInbox({
        topic,
        partition: 0,
        from: { at: 'end' },
        resumeFromTimeMs: () => 0,
        onRecords: () => undefined,
      });
      expect(await inbox.ready).toBe(3);
      expect(faults.map((fault) => fault.hits)).toEqual([2, 1, 1, 1]);
    },
  },
  {
    name: 'joins a group in spite of what befalls it on the way',
    needs,
    async run({ openDriver, createTopic, faulty }) {
      const topic = await createTopic();
      const driver = openDriver();
      await write(driver, [record({ topic }, 'a')]);
      const groupId = topic;
      const faults = [
        faulty.faults.fail({ api: 'FindCoordinator' }, 'COORDINATOR_NOT_AVAILABLE', { times: 2 }),
        faulty.faults.fail({ api: 'JoinGroup', groupId }, 'COORDINATOR_LOAD_IN_PROGRESS', { times: 1 }),
        faulty.faults.fail({ api: 'SyncGroup', groupId }, 'REBALANCE_IN_PROGRESS', { times: 1 }),
        faulty.faults.cut({ api: 'OffsetFetch', groupId }, { times: 1 }),
        faulty.faults.fail({ api: 'OffsetFetch', groupId }, 'NOT_COORDINATOR', { times: 1 }),
      ];
      const member = join(driver, { groupId, topic });
      await member.ready;
      expect((await member.records.count(1)).map(text)).toEqual(['a']);
      expect(faults.map((fault) => fault.hits)).toEqual([2, 1, 1, 1, 1]);
    },
  },
  {
    name: 'delivers nothing twice over forced rebalances and moving leaders, as it commits what it received',
    needs,
    async run({ openDriver, createTopic, faulty }) {
      const topic = await createTopic({ partitions: 2 });
      const driver = openDriver();
      const together = createCollector<IncomingRecord>();
      const settings = { groupId: topic, topic, together };
      const members = [join(openDriver(), settings), join(openDriver(), settings)];
      await Promise.all(
        members.map((member) => member.assignments.until((all) => all.at(-1)?.length === 1, 'one')),
      );
      let written = 0;
      for (let round = 0; round < 6; round++) {
        const joins = members.map((member) => member.assignments.items.length);
        const rebalance = round % 2 === 0;
        if (rebalance) expect(faulty.cluster.forceRebalance(topic)).toBe(true);
        else faulty.cluster.moveLeader(topic, 0);
        for (let i = 0; i < 20; i++, written++) {
          await write(driver, [record({ topic, partition: i % 2 }, `${written}`)]);
        }
        await Promise.all(
          members.map((member, i) => member.assignments.count(joins[i]! + (rebalance ? 1 : 0))),
        );
        await together.count(written);
      }
      const values = together.items.map((one) => Number(text(one)));
      expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: written }, (_, i) => i));
    },
  },
  {
    name: 'reads nothing more when it cannot know that its session has not ended: others may read the same',
    needs,
    async run({ openDriver, createTopic, faulty }) {
      const topic = await createTopic();
      const groupId = topic;
      const [driver, other] = [openDriver(), openDriver()];
      const cutOff = join(driver, { groupId, topic });
      await cutOff.ready;
      const fault = faulty.faults.drop({ api: 'Heartbeat', groupId });
      // Joins as soon as the session of the first has ended, which hears nothing of it and goes on fetching.
      const successor = join(other, { groupId, topic });
      await successor.assignments.until((all) => all.some((one) => one.length > 0), 'the partition');
      const fetches = faulty.requests.count({ api: 'Fetch' });
      await write(other, [record({ topic }, 'a')]);
      await successor.records.count(1);
      await faulty.requests.until({ api: 'Fetch' }, fetches + 8);
      fault.remove();
      await cutOff.revocations.count(1);
      expect(cutOff.records.items).toEqual([]);
    },
  },
  {
    name: 'gives its partitions up when the group has forgotten it, and takes them anew',
    needs,
    async run({ openDriver, createTopic, faulty }) {
      const topic = await createTopic({ partitions: 2 });
      const driver = openDriver();
      const member = join(driver, { groupId: topic, topic, commitIntervalMs: 1_000_000 });
      await member.ready;
      await write(driver, [record({ topic }, 'a')]);
      await member.records.count(1);
      faulty.faults.fail({ api: 'Heartbeat', groupId: topic }, 'UNKNOWN_MEMBER_ID', { times: 1 });
      await member.assignments.count(2);
      expect(member.revocations.items).toEqual([[0, 1]]);
      expect(member.assignments.items[1]!.map(({ kept }) => kept)).toEqual([false, false]);
      await write(driver, [record({ topic }, 'b')]);
      await member.records.until((all) => all.some((one) => text(one) === 'b'), 'b');
    },
  },
  {
    name: 'commits at the next opportunity what could not be committed',
    needs,
    async run({ openDriver, createTopic, faulty }) {
      const topic = await createTopic();
      const driver = openDriver();
      const member = join(driver, { groupId: topic, topic, commitIntervalMs: 20 });
      await member.ready;
      const fault = faulty.faults.fail({ api: 'OffsetCommit', groupId: topic }, 'COORDINATOR_NOT_AVAILABLE', {
        times: 3,
      });
      await write(driver, [record({ topic }, 'a')]);
      await fault.untilHit(3);
      const failures = () => driver.events.items.filter((event) => event.type === 'commit-failed');
      await driver.events.until(() => failures().length === 3, 'three failures to be told');
      await faulty.requests.until(
        { api: 'OffsetCommit' },
        faulty.requests.count({ api: 'OffsetCommit' }) + 1,
      );
      await member.leave();
      const next = join(openDriver(), { groupId: topic, topic });
      await next.ready;
      expect(next.assignments.items[0]![0]!.position).toBe(1);
    },
  },
  {
    name: 'goes on as a member whatever befalls its heartbeats and fetches',
    needs,
    timeoutMs: 90_000,
    async run({ openDriver, createTopic, faulty }) {
      const topic = await createTopic();
      const driver = openDriver();
      const groupId = topic;
      const member = join(openDriver(), { groupId, topic });
      await member.ready;
      const befall = [
        () => faulty.faults.cut({ api: 'Heartbeat', groupId }, { times: 1 }),
        () => faulty.faults.drop({ api: 'Heartbeat', groupId }, { times: 1 }),
        () => faulty.faults.fail({ api: 'Heartbeat', groupId }, 'NOT_COORDINATOR', { times: 1 }),
        () => faulty.faults.fail({ api: 'Heartbeat', groupId }, 'ILLEGAL_GENERATION', { times: 1 }),
        () => faulty.faults.cut({ api: 'Fetch', topic }, { times: 1 }),
        () => faulty.faults.drop({ api: 'Fetch', topic }, { times: 1 }),
        () => faulty.faults.fail({ api: 'Fetch', topic }, 'NOT_LEADER_OR_FOLLOWER', { times: 1 }),
        () => faulty.faults.fail({ api: 'Fetch', topic }, 'KAFKA_STORAGE_ERROR', { times: 1 }),
      ];
      for (const [i, strike] of befall.entries()) {
        await strike().untilHit();
        await write(driver, [record({ topic }, `${i}`)]);
        await member.records.until((all) => all.some((one) => text(one) === `${i}`), `record ${i}`);
      }
      expect([...new Set(member.records.items.map(text))]).toEqual([...befall.keys()].map(String));
    },
  },
  {
    name: 'tells when a broker does not answer, and when it does again',
    needs,
    async run({ openDriver, createTopic, faulty }) {
      const topic = await createTopic();
      const [driver, reader] = [openDriver(), openDriver()];
      const read = readAll(reader, topic);
      await write(driver, [record({ topic }, 'a')]);
      await read.count(1);
      const fault = faulty.faults.drop({ api: 'Fetch', topic });
      const told = (type: string) => () => reader.events.items.filter((event) => event.type === type).length;
      await reader.events.until(() => told('connection-failed')() === 1, 'the silence to be told');
      fault.remove();
      await reader.events.until(() => told('connected')() === 2, 'the answer to be told');
    },
  },
  {
    name: 'creates a topic although the controller moved',
    needs,
    async run({ openDriver, topicName, faulty }) {
      const topic = topicName();
      const driver = openDriver();
      const fault = faulty.faults.fail({ api: 'CreateTopics' }, 'NOT_CONTROLLER', { times: 2 });
      await driver.createTopics([{ topic, partitions: 1, config: {} }]);
      expect(fault.hits).toBe(2);
      expect((await driver.produce([record({ topic }, 'a')])).map(inShort)).toEqual([0]);
    },
  },
];
