import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createDevBroker, type DevBroker } from '../src/index.js';
import { errorCodes } from '../src/protocol/error-codes.js';
import { connectRaw, type RawClient } from './support/raw-client.js';
import { heartbeatV3, join, joinOnce, leaveV3, syncV3 } from './support/raw-messages.js';

const groupId = 'g';
const terms = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 30_000 };
let broker: DevBroker;
let a: RawClient;
let b: RawClient;

async function start(delayMs: number): Promise<void> {
  broker = await createDevBroker({ 'group.initial.rebalance.delay.ms': delayMs });
  a = await connectRaw(broker.brokers[0]!);
  b = await connectRaw(broker.brokers[0]!);
}

beforeEach(() => {
  // Sockets stay real; only the broker's sessions and delays wait for the test.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});

afterEach(async () => {
  a[Symbol.dispose]();
  b[Symbol.dispose]();
  await broker.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const heartbeat = async (client: RawClient, memberId: string, generationId: number): Promise<number> =>
  (await client.send(heartbeatV3, { groupId, memberId, generationId })).errorCode;

/** A first member, alone in a stable group. */
async function stable(): Promise<string> {
  const joining = join(a, groupId, terms);
  await broker.requests.until({ api: 'JoinGroup' }, 2);
  await vi.advanceTimersByTimeAsync(0);
  const { memberId, generationId } = await joining;
  await a.send(syncV3, { groupId, memberId, generationId });
  return memberId;
}

test('a heartbeat starts the session anew', async () => {
  await start(0);
  const memberId = await stable();
  for (let i = 0; i < 3; i++) {
    await vi.advanceTimersByTimeAsync(9_000);
    expect(await heartbeat(a, memberId, 1)).toBe(errorCodes.NONE);
  }
  await vi.advanceTimersByTimeAsync(10_000);

  expect(await heartbeat(a, memberId, 1)).toBe(errorCodes.UNKNOWN_MEMBER_ID);
});

test('the session begins anew when a member gets its assignment', async () => {
  await start(0);
  const leader = await stable();
  const joining = join(b, groupId, terms);
  await broker.requests.until({ api: 'JoinGroup' }, 4);
  await joinOnce(a, groupId, { ...terms, memberId: leader });
  const { memberId } = await joining;
  const waiting = b.send(syncV3, { groupId, memberId, generationId: 2 });
  await broker.requests.until({ api: 'SyncGroup' }, 2);
  await vi.advanceTimersByTimeAsync(9_000);
  await a.send(syncV3, { groupId, memberId: leader, generationId: 2 });
  await waiting;
  await vi.advanceTimersByTimeAsync(9_000);

  expect(await heartbeat(b, memberId, 2)).toBe(errorCodes.NONE);
});

test('whoever joins and never asks for its assignment is out when the rebalance time is over', async () => {
  await start(0);
  const leader = await stable();
  const joining = join(b, groupId, { ...terms, sessionTimeoutMs: 1_000_000 });
  await broker.requests.until({ api: 'JoinGroup' }, 4);
  await joinOnce(a, groupId, { ...terms, memberId: leader, sessionTimeoutMs: 1_000_000 });
  const dozing = await joining;
  await a.send(syncV3, { groupId, memberId: leader, generationId: 2 });
  expect(await heartbeat(a, leader, 2)).toBe(errorCodes.NONE);
  await vi.advanceTimersByTimeAsync(30_000);

  expect(await heartbeat(a, leader, 2)).toBe(errorCodes.REBALANCE_IN_PROGRESS);
  expect(await heartbeat(b, dozing.memberId, 2)).toBe(errorCodes.UNKNOWN_MEMBER_ID);
});

test('a new member whose first join takes five minutes is told to come again', async () => {
  await start(0);
  const leader = await stable();
  const newcomer = join(b, groupId, { ...terms, rebalanceTimeoutMs: 1_000_000 });
  await broker.requests.until({ api: 'JoinGroup' }, 4);
  // The old member lives and does not join, so that the rebalance lasts as long as the newcomer allows.
  for (let i = 0; i < 300; i += 5) {
    expect(await heartbeat(a, leader, 1)).toBe(errorCodes.REBALANCE_IN_PROGRESS);
    await vi.advanceTimersByTimeAsync(5_000);
  }

  expect(await newcomer).toMatchObject({ errorCode: errorCodes.UNKNOWN_MEMBER_ID, memberId: '' });
});

test('an empty group waits for its delay, and longer while members keep coming', async () => {
  await start(3_000);
  const first = join(a, groupId, terms);
  await broker.requests.until({ api: 'JoinGroup' }, 2);
  await vi.advanceTimersByTimeAsync(2_000);
  const second = join(b, groupId, terms);
  await broker.requests.until({ api: 'JoinGroup' }, 4);
  const done = vi.fn();
  void first.then(done);
  await vi.advanceTimersByTimeAsync(3_999);
  expect(done).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);

  expect(await Promise.all([first, second])).toMatchObject([{ generationId: 1 }, { generationId: 1 }]);
});

test('the delay ends with the rebalance time at the latest', async () => {
  await start(3_000);
  const first = join(a, groupId, { ...terms, rebalanceTimeoutMs: 4_000 });
  await broker.requests.until({ api: 'JoinGroup' }, 2);
  void join(b, groupId, { ...terms, rebalanceTimeoutMs: 4_000 }).catch(() => {});
  await broker.requests.until({ api: 'JoinGroup' }, 4);
  await vi.advanceTimersByTimeAsync(4_000);

  expect(await first).toMatchObject({ generationId: 1, members: { length: 2 } });
});

test('a group that becomes empty while it rebalances is empty, and starts over', async () => {
  await start(0);
  const leader = await stable();
  broker.cluster.forceRebalance(groupId);
  await a.send(leaveV3, { groupId, members: [{ memberId: leader }] });
  const joining = join(b, groupId, terms);
  await broker.requests.until({ api: 'JoinGroup' }, 4);
  await vi.advanceTimersByTimeAsync(0);

  expect(await joining).toMatchObject({ errorCode: 0, generationId: 3, members: { length: 1 } });
});

test('a delay of a fault ends with the broker', async () => {
  await start(0);
  broker.faults.delay({ api: 'Heartbeat' }, 1_000_000);
  const waiting = heartbeat(a, 'x', 1);
  await broker.requests.until({ api: 'Heartbeat' });
  await broker.close();

  await expect(waiting).rejects.toThrow('connection closed');
});

test('while there is no coordinator the sessions of its members stand still, and start anew when there is one', async () => {
  await start(0);
  const memberId = await stable();
  const [nodeId] = broker.nodeIds;
  await broker.cluster.stopNode(nodeId!);
  await vi.advanceTimersByTimeAsync(60_000);
  await broker.cluster.startNode(nodeId!);
  a = await connectRaw(broker.brokers[0]!);
  expect(await heartbeat(a, memberId, 1)).toBe(errorCodes.NONE);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await heartbeat(a, memberId, 1)).toBe(errorCodes.UNKNOWN_MEMBER_ID);
});
