import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDevBroker } from '../src/index.js';
import { errorCodes } from '../src/protocol/error-codes.js';
import { connectRaw, type RawClient } from './support/raw-client.js';
import { commitV7, heartbeatV3, join, joinOnce, leaveV3, syncV3 } from './support/raw-messages.js';
import { type Target, targets, unique } from './support/target.js';

type Joined = Awaited<ReturnType<typeof join>>;

describe.each(targets)('%s', (_name, openTarget) => {
  let target: Target;
  let topic: string;
  let groupId: string;
  /** One connection per member: a JoinGroup that waits holds up whatever follows it on its connection. */
  let a: RawClient;
  let b: RawClient;
  let newcomer: RawClient | undefined;

  beforeEach(async () => {
    target = await openTarget();
    topic = await target.topic();
    groupId = unique('group');
    a = await target.connect();
    b = await target.connect();
  });

  afterEach(async () => {
    a[Symbol.dispose]();
    b[Symbol.dispose]();
    newcomer?.[Symbol.dispose]();
    await target[Symbol.asyncDispose]();
  });

  /** Another member wants to join: the group rebalances, until the members that are there have joined again. */
  async function startRebalance(joinsBefore = 2): Promise<void> {
    newcomer = await target.connect();
    void join(newcomer, groupId).catch(() => {});
    await target.received('JoinGroup', joinsBefore + 2);
  }

  /** The single member of a stable group. */
  async function stableMember(terms: Parameters<typeof joinOnce>[2] = {}): Promise<Joined> {
    const joined =
      terms.instanceId === undefined ? await join(a, groupId, terms) : await joinOnce(a, groupId, terms);
    await sync(a, joined, { assignments: [{ memberId: joined.memberId, assignment: Buffer.from('all') }] });
    return joined;
  }

  function sync(client: RawClient, joined: Pick<Joined, 'generationId' | 'memberId'>, rest = {}) {
    const { generationId, memberId } = joined;
    return client.send(syncV3, { groupId, generationId, memberId, ...rest });
  }

  function heartbeat(client: RawClient, joined: Pick<Joined, 'generationId' | 'memberId'>, rest = {}) {
    const { generationId, memberId } = joined;
    return client.send(heartbeatV3, { groupId, generationId, memberId, ...rest });
  }

  async function commit(joined: Pick<Joined, 'generationId' | 'memberId'>, name = topic, metadata = '') {
    const { generationId, memberId } = joined;
    const answer = await a.send(commitV7, {
      groupId,
      generationId,
      memberId,
      topics: [{ name, partitions: [{ index: 0, offset: 5, metadata }] }],
    });
    return answer.topics[0]!.partitions[0]!.errorCode;
  }

  describe('joining', () => {
    test('needs a member id that the broker gave out (KIP-394)', async () => {
      const first = await joinOnce(a, groupId);
      const second = await joinOnce(a, groupId, { memberId: first.memberId });

      expect(first).toMatchObject({ errorCode: errorCodes.MEMBER_ID_REQUIRED, generationId: -1 });
      expect(first.memberId).toMatch(/^raw-[0-9a-f-]{36}$/);
      expect(second).toMatchObject({
        errorCode: 0,
        generationId: 1,
        protocolName: 'range',
        leader: first.memberId,
        memberId: first.memberId,
        members: [{ memberId: first.memberId, instanceId: null, metadata: Buffer.from('m') }],
      });
    });

    test.each([
      ['with an id nobody gave out', { memberId: 'made-up' }, 'UNKNOWN_MEMBER_ID'],
      ['with a session that is too short', { sessionTimeoutMs: 1 }, 'INVALID_SESSION_TIMEOUT'],
      ['with a session that is too long', { sessionTimeoutMs: 2_000_000 }, 'INVALID_SESSION_TIMEOUT'],
      ['without a protocol', { protocols: [] }, 'INCONSISTENT_GROUP_PROTOCOL'],
      ['without a protocol type', { protocolType: '' }, 'INCONSISTENT_GROUP_PROTOCOL'],
    ] as const)('%s is refused', async (_how, terms, error) => {
      expect(await joinOnce(a, groupId, terms)).toMatchObject({ errorCode: errorCodes[error] });
    });

    test('a group without a name is refused', async () => {
      expect(await joinOnce(a, '')).toMatchObject({ errorCode: errorCodes.INVALID_GROUP_ID });
    });

    test.each([
      ['protocol', { protocols: [{ name: 'other', metadata: Buffer.alloc(0) }] }],
      ['protocol type', { protocolType: 'connect' }],
    ])('a %s that the members do not share is refused', async (_what, terms) => {
      await stableMember();
      expect(await joinOnce(b, groupId, terms)).toMatchObject({
        errorCode: errorCodes.INCONSISTENT_GROUP_PROTOCOL,
      });
    });

    test('the protocol is the one that most members prefer among those that all know', async () => {
      const offers = (...names: string[]) => ({
        // Kafka looks into the metadata of consumers, of others it does not.
        protocolType: 'test',
        protocols: names.map((name) => ({ name, metadata: Buffer.from(name) })),
      });
      const first = await stableMember(offers('only-a', 'x', 'y'));
      const second = join(b, groupId, offers('y', 'x'));
      await target.received('JoinGroup', 4);
      const again = await joinOnce(a, groupId, { memberId: first.memberId, ...offers('only-a', 'y', 'x') });

      expect(again).toMatchObject({ generationId: 2, protocolName: 'y' });
      expect((await second).protocolName).toBe('y');
      expect(again.members.map(({ metadata }) => metadata.toString())).toEqual(['y', 'y']);
    });

    test('a follower that joins again with nothing new gets the same generation, the leader starts a new one', async () => {
      const leader = await stableMember();
      const joining = join(b, groupId);
      await target.received('JoinGroup', 4);
      await joinOnce(a, groupId, { memberId: leader.memberId });
      const follower = await joining;
      await Promise.all([sync(b, follower), sync(a, { ...leader, generationId: 2 })]);

      expect(await joinOnce(b, groupId, { memberId: follower.memberId })).toMatchObject({ generationId: 2 });
      void joinOnce(a, groupId, { memberId: leader.memberId }).catch(() => {});
      await target.received('JoinGroup', 7);
      expect(await heartbeat(b, follower)).toMatchObject({ errorCode: errorCodes.REBALANCE_IN_PROGRESS });
    });
  });

  describe('syncing', () => {
    test('everyone gets what the leader assigned', async () => {
      const leader = await stableMember();
      const joining = join(b, groupId);
      await target.received('JoinGroup', 4);
      const rejoined = await joinOnce(a, groupId, { memberId: leader.memberId });
      const follower = await joining;
      const followerSync = sync(b, follower);
      await target.received('SyncGroup', 2);
      const leaderSync = await sync(a, rejoined, {
        assignments: [
          { memberId: leader.memberId, assignment: Buffer.from('one') },
          { memberId: follower.memberId, assignment: Buffer.from('two') },
        ],
      });

      expect(rejoined.members).toHaveLength(2);
      expect(follower).toMatchObject({ leader: leader.memberId, members: [] });
      expect(leaderSync).toMatchObject({ errorCode: 0, assignment: Buffer.from('one') });
      expect(await followerSync).toMatchObject({ errorCode: 0, assignment: Buffer.from('two') });
      expect(await sync(b, follower)).toMatchObject({ assignment: Buffer.from('two') });
    });

    test('that waits is told to join again when a rebalance begins', async () => {
      const leader = await stableMember();
      const joining = join(b, groupId);
      await target.received('JoinGroup', 4);
      await joinOnce(a, groupId, { memberId: leader.memberId });
      const waiting = sync(b, await joining);
      await target.received('SyncGroup', 2);
      await startRebalance(5);

      expect(await waiting).toMatchObject({ errorCode: errorCodes.REBALANCE_IN_PROGRESS });
    });
  });

  describe.each([
    ['a heartbeat', (client: RawClient, joined: Joined, rest?: object) => heartbeat(client, joined, rest)],
    ['a sync', (client: RawClient, joined: Joined, rest?: object) => sync(client, joined, rest)],
  ])('%s', (_what, send) => {
    test('of the wrong generation is refused', async () => {
      const joined = await stableMember();
      const answer = await send(a, { ...joined, generationId: 7 });
      expect(answer).toMatchObject({ errorCode: errorCodes.ILLEGAL_GENERATION });
    });

    test.each([['nobody'], ['']])('of a member %j is refused', async (memberId) => {
      const joined = await stableMember();
      expect(await send(a, { ...joined, memberId })).toMatchObject({
        errorCode: errorCodes.UNKNOWN_MEMBER_ID,
      });
    });

    test('to a group that does not exist is refused', async () => {
      const joined = { generationId: 1, memberId: 'x' } as Joined;
      expect(await send(a, joined)).toMatchObject({ errorCode: errorCodes.UNKNOWN_MEMBER_ID });
    });

    test('while the group rebalances says so', async () => {
      const joined = await stableMember();
      await startRebalance();
      expect(await send(a, joined)).toMatchObject({ errorCode: errorCodes.REBALANCE_IN_PROGRESS });
    });
  });

  describe('members go', () => {
    test('by leaving: the others rebalance at once', async () => {
      const leader = await stableMember();
      const joining = join(b, groupId);
      await target.received('JoinGroup', 4);
      const left = await a.send(leaveV3, { groupId, members: [{ memberId: leader.memberId }] });

      expect(left).toMatchObject({ errorCode: 0, members: [{ memberId: leader.memberId, errorCode: 0 }] });
      expect(await joining).toMatchObject({ errorCode: 0, generationId: 2, members: [{}] });
      expect(await heartbeat(a, leader)).toMatchObject({ errorCode: errorCodes.UNKNOWN_MEMBER_ID });
    });

    test('by silence: when the session is over the others are rebalanced', async () => {
      await stableMember({ sessionTimeoutMs: 20, rebalanceTimeoutMs: 60_000 });
      // The new member waits for the silent one, until its session ends long before the rebalance would.
      const heir = await join(b, groupId);

      expect(heir).toMatchObject({ errorCode: 0, members: [{ memberId: heir.memberId }] });
    });

    test('by missing a rebalance: when its time is over the others go on', async () => {
      const missing = await stableMember({ sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 30 });
      const heir = await join(b, groupId, { rebalanceTimeoutMs: 30 });

      expect(heir).toMatchObject({ errorCode: 0, members: [{ memberId: heir.memberId }] });
      expect(await heartbeat(a, missing)).toMatchObject({ errorCode: errorCodes.UNKNOWN_MEMBER_ID });
    });

    test('by joining and then never asking for their assignment', async () => {
      const dozing = await join(a, groupId, { sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 30 });
      // The newcomer starts a rebalance of its own, which the dozing one misses, too.
      const heir = await join(b, groupId, { rebalanceTimeoutMs: 30 });

      expect(heir.members.map(({ memberId }) => memberId)).not.toContain(dozing.memberId);
    });

    test('before they came: an id that was given out and never used holds nobody up', async () => {
      const leader = await stableMember({ rebalanceTimeoutMs: 60_000 });
      await joinOnce(b, groupId, { sessionTimeoutMs: 20 });
      const rejoined = await joinOnce(a, groupId, { memberId: leader.memberId, rebalanceTimeoutMs: 60_000 });

      expect(rejoined).toMatchObject({ errorCode: 0, generationId: 2 });
    });

    test('that are not there cannot leave', async () => {
      await stableMember();
      const left = await a.send(leaveV3, { groupId, members: [{ memberId: 'nobody' }] });
      expect(left.members).toMatchObject([{ errorCode: errorCodes.UNKNOWN_MEMBER_ID }]);
    });
  });

  describe('static members (KIP-345)', () => {
    test('come back under a new id without a rebalance, and the old id is fenced', async () => {
      const first = await stableMember({ instanceId: 'pod-1' });
      const second = await joinOnce(b, groupId, { instanceId: 'pod-1' });

      expect(first.errorCode).toBe(0);
      expect(second).toMatchObject({ errorCode: 0, generationId: first.generationId });
      expect(second.memberId).not.toBe(first.memberId);
      expect(await sync(b, second, { instanceId: 'pod-1' })).toMatchObject({
        assignment: Buffer.from('all'),
      });
      expect(await heartbeat(a, first, { instanceId: 'pod-1' })).toMatchObject({
        errorCode: errorCodes.FENCED_INSTANCE_ID,
      });
    });

    test('can be removed by their instance id', async () => {
      await stableMember({ instanceId: 'pod-1' });
      const left = await b.send(leaveV3, { groupId, members: [{ memberId: '', instanceId: 'pod-1' }] });
      expect(left.members).toMatchObject([{ errorCode: 0 }]);
    });

    test('that are not known are refused', async () => {
      const joined = await stableMember();
      expect(await heartbeat(a, joined, { instanceId: 'pod-9' })).toMatchObject({
        errorCode: errorCodes.UNKNOWN_MEMBER_ID,
      });
    });
  });

  describe('committing', () => {
    test('is open to anyone while a group has no members', async () => {
      expect(await commit({ generationId: -1, memberId: '' })).toBe(errorCodes.NONE);
    });

    test.each([
      ['without a member, in a group that has some', { generationId: -1, memberId: '' }, 'UNKNOWN_MEMBER_ID'],
      ['as a member that is not one', { generationId: 1, memberId: 'nobody' }, 'UNKNOWN_MEMBER_ID'],
    ] as const)('%s is refused', async (_how, who, error) => {
      await stableMember();
      expect(await commit(who)).toBe(errorCodes[error]);
    });

    test('with a generation in a group that does not exist is refused', async () => {
      expect(await commit({ generationId: 3, memberId: 'x' })).toBe(errorCodes.ILLEGAL_GENERATION);
    });

    test('with an old generation is refused', async () => {
      const joined = await stableMember();
      expect(await commit({ ...joined, generationId: 0 })).toBe(errorCodes.ILLEGAL_GENERATION);
    });

    test('works in the old generation while a rebalance prepares, and not before the new assignment', async () => {
      const joined = await stableMember();
      await startRebalance();
      expect(await commit(joined)).toBe(errorCodes.NONE);
      const next = await joinOnce(a, groupId, { memberId: joined.memberId });
      expect(await commit(next)).toBe(errorCodes.REBALANCE_IN_PROGRESS);
      await sync(a, next);
      expect(await commit(next)).toBe(errorCodes.NONE);
    });

    test('for a topic that does not exist is refused', async () => {
      expect(await commit(await stableMember(), 'nowhere')).toBe(errorCodes.UNKNOWN_TOPIC_OR_PARTITION);
    });

    test('with too much metadata is refused', async () => {
      expect(await commit(await stableMember(), topic, 'x'.repeat(4097))).toBe(
        errorCodes.OFFSET_METADATA_TOO_LARGE,
      );
    });
  });
});

test('a node that does not coordinate the group says so', async () => {
  const groupId = 'g';
  await using cluster = await createDevBroker({ nodes: 2 });
  const other = cluster.nodeIds.findIndex((id) => id !== cluster.coordinatorOf(groupId));
  using client = await connectRaw(cluster.brokers[other]!);

  expect(await joinOnce(client, groupId)).toMatchObject({ errorCode: errorCodes.NOT_COORDINATOR });
  expect(await client.send(heartbeatV3, { groupId, generationId: 1, memberId: 'x' })).toMatchObject({
    errorCode: errorCodes.NOT_COORDINATOR,
  });
});

test('a join that waits learns at once that another node coordinates its group now', async () => {
  const groupId = 'g';
  await using cluster = await createDevBroker({ nodes: 2, 'offsets.topic.num.partitions': 1 });
  const before = cluster.nodeIds.indexOf(cluster.coordinatorOf(groupId)!);
  using member = await connectRaw(cluster.brokers[before]!);
  using newcomer = await connectRaw(cluster.brokers[before]!);
  await join(member, groupId);
  const waiting = join(newcomer, groupId);
  await cluster.requests.until({ api: 'JoinGroup' }, 4);
  cluster.cluster.moveLeader('__consumer_offsets', 0);

  expect(await waiting).toMatchObject({ errorCode: errorCodes.NOT_COORDINATOR });
});
