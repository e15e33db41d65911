/**
 * The formulas of docs/scaling.md against the code that they describe, up to 1,000 client and 200 server instances.
 * Nothing waits for a broker: topics count what is written and read.
 */
import { readFile } from 'node:fs/promises';
import type { OutgoingRecord } from '@trpc-kafka/core';
import { createCounters } from '@trpc-kafka/core/internal';
import { describe, expect, it } from 'vitest';
import { createControlSender } from '../../packages/link-kafka/src/requests/control-sender.js';
import { createRandom } from '../support/random.ts';
import {
  busiestServer,
  costsOfStreams,
  pulseSeconds,
  readsPerOwnRecord,
  type StreamDeployment,
} from './cost-model.ts';
import { replyDeployments, requestDeployments, scalingTables, streamDeployments } from './scaling-tables.ts';
import { stopTime } from './simulated-clock.ts';
import {
  answerRequests,
  createSimulatedClient,
  inboxIdOf,
  openSimulatedInbox,
  ownersOf,
} from './simulated-instances.ts';
import { openSimulatedStreams } from './simulated-streams.ts';
import { createSimulatedTopics, settled } from './simulated-topics.ts';

/** Chance moves a sum of few draws far, and one of many hardly. */
function expectNear(actual: number, expected: number, tolerance: number): void {
  expect(actual).toBeGreaterThan(expected * (1 - tolerance));
  expect(actual).toBeLessThan(expected * (1 + tolerance));
}

/** Clients that all make so many calls in a turn, several times, and servers that answer them. */
async function runCalls(options: {
  readonly clients: number;
  readonly servers: number;
  readonly replyPartitions: number;
  readonly requestPartitions: number;
  readonly callsAtOnce: number;
  readonly turns: number;
  readonly seed: number;
}) {
  const unread: OutgoingRecord[] = [];
  const topics = createSimulatedTopics((records) => void unread.push(...records));
  const random = createRandom(options.seed);
  const owners = ownersOf(options.requestPartitions, options.servers);
  const clients = Array.from({ length: options.clients }, (_, index) =>
    createSimulatedClient({ ...options, topics, index, random }),
  );
  const callsOfServers = Array.from({ length: options.servers }, () => 0);
  for (let turn = 0; turn < options.turns; turn++) {
    for (const client of clients) client.call(options.callsAtOnce);
    await settled();
    const requests = unread.splice(0);
    for (const { partition } of requests) callsOfServers[owners[partition]!]!++;
    answerRequests(requests, { topics, owners });
    await settled();
  }
  const calls = options.clients * options.callsAtOnce * options.turns;
  return { topics, clients, callsOfServers, calls };
}

describe('replies', () => {
  it.each(replyDeployments)(
    'of %i client instances on %i partitions are read as often as the formula says',
    async (count, replyPartitions) => {
      // Few instances fall on few partitions: several draws of them.
      const worlds = Math.max(1, Math.ceil(400 / count));
      let read = 0;
      let mine = 0;
      for (let seed = 0; seed < worlds; seed++) {
        const { clients } = await runCalls({
          clients: count,
          servers: 2,
          replyPartitions,
          requestPartitions: 12,
          callsAtOnce: 1,
          turns: 1,
          seed,
        });
        for (const { inbox } of clients) {
          read += inbox.traffic().read;
          mine += inbox.traffic().mine;
        }
      }
      expect(mine).toBe(worlds * count);
      expectNear(read / mine, readsPerOwnRecord(count, replyPartitions), 0.12);
    },
  );

  it.each([
    { requestPartitions: 1, servers: 1 },
    { requestPartitions: 48, servers: 1 },
    { requestPartitions: 600, servers: 200 },
  ])('are one record for what a client asked at once, with %o', async (size) => {
    const { topics, calls } = await runCalls({
      ...size,
      clients: 50,
      replyPartitions: 12,
      callsAtOnce: 32,
      turns: 5,
      seed: 1,
    });
    expect(topics.counts('requests').written).toBe(calls);
    expect(topics.counts('replies').written).toBe(calls / 32);
  });
});

describe('calls without a key', () => {
  it.each(requestDeployments)(
    'over %i partitions and %i servers: the busiest has what its partitions give it',
    async (requestPartitions, servers) => {
      const { callsOfServers, calls } = await runCalls({
        requestPartitions,
        servers,
        clients: 4,
        replyPartitions: 12,
        callsAtOnce: 1,
        // Each client goes through all partitions once.
        turns: requestPartitions,
        seed: 2,
      });
      const busiest = (Math.max(...callsOfServers) / calls) * servers;
      expect(busiest).toBeCloseTo(busiestServer(requestPartitions, servers), 9);
    },
  );
});

/** Few servers fall on few partitions: several draws of them. And where leases are read by all, one round of them is enough. */
const effortOf = ({ clients, servers, streamsPerClient }: StreamDeployment) => ({
  worlds: servers <= 10 ? 8 : 1,
  rounds: clients * streamsPerClient >= 1000 ? 1 : 4,
});

describe('streams on which nothing happens', () => {
  it.each(streamDeployments)('cost leases and heartbeats: %o', async (deployment) => {
    const { worlds, rounds } = effortOf(deployment);
    // Where there are more streams, some of the clients tell as much.
    const isHuge = deployment.clients * deployment.streamsPerClient > 10_000;
    const simulated = isHuge ? { ...deployment, clients: 100 } : deployment;
    const model = costsOfStreams(simulated);
    const sum = { leases: 0, readByServer: 0, heartbeats: 0, readByClient: 0 };
    for (let seed = 0; seed < worlds; seed++) {
      using clock = stopTime();
      const topics = createSimulatedTopics();
      const counted = openSimulatedStreams(simulated, { topics, random: createRandom(seed) });
      for (let second = 0; second < rounds * pulseSeconds; second++) {
        clock.advance(1000);
        await settled();
      }
      expect(counted.lost).toBe(0);
      const seconds = rounds * pulseSeconds * worlds;
      sum.leases += topics.counts('control').written / seconds;
      sum.readByServer += topics.counts('control').read / seconds / simulated.servers;
      sum.heartbeats += counted.heartbeats / seconds;
      sum.readByClient += counted.heartbeatsRead / seconds / simulated.clients;
    }
    expectNear(sum.leases, model.leases, 0.1);
    expectNear(sum.readByServer, model.readByServer, 0.2);
    expectNear(sum.heartbeats, model.heartbeats, 0.1);
    expectNear(sum.readByClient, model.readByClient, 0.2);
  });
});

it('what is for every server is one record for each control partition, and each server reads one', async () => {
  const topics = createSimulatedTopics();
  const random = createRandom(4);
  const partitions = 24;
  const inboxes = Array.from({ length: 200 }, (_, index) =>
    openSimulatedInbox({ topics, topic: 'control', partitions, inboxId: inboxIdOf('server', index), random }),
  );
  const counters = createCounters(['failed']);
  const directory = { known: () => partitions, lookUp: async () => partitions, learn() {} };
  const control = createControlSender({
    transport: { batcher: topics.createBatcher(), directory, driver: {} as never },
    controlTopic: 'control',
    sender: () => `1;json;from=${inboxIdOf('client', 0)};at=replies/0`,
    onFailed: () => counters.add('failed'),
  });
  control.send({ kind: 'cancel', id: 1 }, undefined);
  await control.handedOver();
  await settled();
  expect(topics.counts('control')).toEqual({ written: partitions, read: inboxes.length });
  expect(inboxes.every((inbox) => inbox.traffic().mine === 1)).toBe(true);
  expect(counters.snapshot().failed).toBe(0);
});

it('docs/scaling.md has the tables that follow from the formulas', async () => {
  const document = await readFile(new URL('../../docs/scaling.md', import.meta.url), 'utf8');
  for (const expected of scalingTables()) expect(document).toContain(expected);
});
