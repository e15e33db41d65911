import { expect, it } from 'vitest';

import type {
  RawFetchedPartition,
  RawFetchRequest,
  RawFetchResponse,
  RawMetadata,
} from '../cluster/broker-requests.js';
import type { RawCluster } from './kafkajs-internals.js';

import { fetchPatiently } from './patient-fetching.js';

const away = Object.assign(new Error('refused'), { name: 'KafkaJSConnectionError', retriable: true });
const request: RawFetchRequest = { maxWaitTime: 0, minBytes: 1, maxBytes: 1, isolationLevel: 0, topics: [] };

function metadataWith(leader: number): RawMetadata {
  const partition = { partitionId: 0, partitionErrorCode: leader < 0 ? 5 : 0, leader, replicas: [1] };
  return { brokers: [], topicMetadata: [{ topic: 't', topicErrorCode: 0, partitionMetadata: [partition] }] };
}

const one = (partition: number, rest: Partial<RawFetchedPartition> = {}): RawFetchedPartition => ({
  partition,
  errorCode: 0,
  highWatermark: '0',
  messages: [],
  ...rest,
});

/** A cluster on which things fail when the test wants it. */
function createHarness() {
  const fails: Partial<Record<'find' | 'fetch' | 'refresh', Error>> = {};
  const fetched: { responses: { topicName: string; partitions: RawFetchedPartition[] }[] } = {
    responses: [{ topicName: 't', partitions: [] }],
  };
  const pass = (what: keyof typeof fails): void => {
    if (fails[what] !== undefined) throw fails[what];
  };
  const brokerPool = {
    metadata: metadataWith(1) as RawMetadata | null,
    metadataExpireAt: 1e15 as number | null,
  };
  const raw = {
    brokerPool,
    async findBroker() {
      pass('find');
      return {
        nodeId: 1,
        async fetch() {
          pass('fetch');
          return fetched;
        },
      };
    },
    async refreshMetadataIfNecessary() {
      pass('refresh');
    },
  } as unknown as RawCluster;
  let closed = false;
  const mend = fetchPatiently(raw, () => closed);
  return {
    raw,
    brokerPool,
    fails,
    fetched,
    mend,
    close: () => {
      closed = true;
    },
    fetch: async () => (await raw.findBroker({ nodeId: 1 })).fetch(request),
  };
}

it.each(['find', 'fetch'] as const)(
  'a broker that fails to %s brings nothing, and who leads is looked up',
  async (what) => {
    const { fetch, fails, fetched, brokerPool } = createHarness();
    expect(await fetch()).toBe(fetched);
    expect(brokerPool.metadataExpireAt).toBe(1e15);
    fails[what] = away;
    expect(await fetch()).toEqual({ responses: [] });
    expect(brokerPool.metadataExpireAt).toBeNull();
  },
);

it('kafkajs sees partitions of which there is something to see', async () => {
  const { fetch, fetched } = createHarness();
  const message = { offset: '0', timestamp: '0', key: null, value: null };
  const seen = [
    one(1, { messages: [message] }),
    one(3, { errorCode: 1 }),
    one(4, { preferredReadReplica: 2 }),
  ];
  fetched.responses[0]!.partitions = [
    one(0),
    seen[0]!,
    one(2, { preferredReadReplica: -1 }),
    ...seen.slice(1),
  ];
  expect((await fetch()).responses).toEqual([{ topicName: 't', partitions: seen }]);
});

it('other errors are left to kafkajs, as are those of a closed driver', async () => {
  const { fetch, fails, close } = createHarness();
  fails.fetch = new Error('another');
  await expect(fetch()).rejects.toThrow('another');
  fails.fetch = away;
  close();
  await expect(fetch()).rejects.toBe(away);
});

it('what is known of the brokers serves while none can be asked, if anything is known', async () => {
  const { raw, fails, brokerPool } = createHarness();
  fails.refresh = away;
  await raw.refreshMetadataIfNecessary();
  brokerPool.metadata = null;
  await expect(raw.refreshMetadataIfNecessary()).rejects.toBe(away);
});

it('a partition without a leader is no error, and its leader is looked for again soon', async () => {
  const { raw, mend, brokerPool } = createHarness();
  const known = mend('Metadata', metadataWith(-1)) as RawMetadata;
  expect(known.topicMetadata[0]!.partitionMetadata).toMatchObject([{ leader: -1, partitionErrorCode: 0 }]);
  brokerPool.metadata = known;
  await raw.refreshMetadataIfNecessary();
  expect(brokerPool.metadataExpireAt).toBeLessThan(1e15);
});

it('partitions whose leader moved are left out of an answer, the others are read', async () => {
  const { mend, brokerPool } = createHarness();
  const answer: RawFetchResponse = {
    responses: [{ topicName: 't', partitions: [one(0, { errorCode: 6 }), one(1), one(2, { errorCode: 1 })] }],
  };
  const mended = (await mend('Fetch', answer)) as RawFetchResponse;
  expect(mended.responses[0]!.partitions.map(({ partition }) => partition)).toEqual([1, 2]);
  expect(brokerPool.metadataExpireAt).toBeNull();
  expect(await mend('Fetch', mended)).toBe(mended);
});
