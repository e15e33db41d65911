import { describe, expect, it, vi } from 'vitest';
import type { Broker, RawJoinGroupRequest, RawSyncGroupRequest } from './broker-requests.js';
import { createGroupCoordinator, type GroupCoordinatorOptions } from './group-coordinator.js';

type Answer = Partial<Record<keyof Broker, unknown>>;

/** What kafkajs throws. */
function trouble(fields: { name?: string; type?: string }, retriable = false): Error {
  return Object.assign(new Error(fields.type ?? fields.name), { retriable, ...fields });
}

const away = trouble({ name: 'KafkaJSConnectionError' }, true);
const beat = { groupId: 'g', memberId: 'm', groupGenerationId: 1 };
const join = { groupId: 'g', memberId: '' } as RawJoinGroupRequest;
const sync = { memberId: 'm', generationId: 1 } as RawSyncGroupRequest;

/** Brokers that do what the test wants, and a coordinator on them. */
function createHarness(options: Partial<GroupCoordinatorOptions> = {}) {
  const asked: string[] = [];
  const told: string[] = [];
  let nodeId = 1;
  const script: (Error | Answer)[] = [];
  const answer = (node: number, api: string) => async (request: { memberId?: string }) => {
    asked.push(`${node} ${api}${request.memberId === undefined ? '' : ` ${request.memberId}`}`);
    const next = script.shift();
    if (next instanceof Error) throw next;
    return next;
  };
  const broker = (node: number) =>
    ({
      findGroupCoordinator: async () => ({ coordinator: { nodeId } }),
      heartbeat: answer(node, 'heartbeat'),
      joinGroup: answer(node, 'join'),
      syncGroup: answer(node, 'sync'),
      leaveGroup: answer(node, 'leave'),
    }) as unknown as Broker;
  const brokers: Record<string, Broker> = { 1: broker(1), 2: broker(2) };
  const coordinator = createGroupCoordinator({
    groupId: 'g',
    brokers: { any: async () => broker(0), at: async (id) => brokers[id]! },
    isClosed: () => false,
    onInterrupted: (error) => told.push(`interrupted: ${(error as Error).message}`),
    onConfirmed: (generation) => told.push(`confirmed ${generation}`),
    ...options,
  });
  return {
    coordinator,
    asked,
    told,
    /** What is answered to the next requests, one after another; afterwards all is well. */
    will: (...answers: (Error | Answer)[]) => void script.push(...answers),
    move: (to: number) => {
      nodeId = to;
    },
  };
}

describe('a heartbeat', () => {
  it('that cannot be delivered holds up nobody, is repeated, and confirms the member when it is answered', async () => {
    const { coordinator, will, told, asked } = createHarness();
    will(away, away, away);
    await coordinator.heartbeat(beat);
    expect(told).toEqual([`interrupted: ${away.message}`]);
    // While it is on its way nothing else is sent.
    await coordinator.heartbeat(beat);
    await coordinator.heartbeat(beat);
    await vi.waitFor(() => expect(told.at(-1)).toBe('confirmed 1'));
    expect(asked).toEqual(Array.from({ length: 4 }, () => '1 heartbeat m'));
  });

  it('goes to the coordinator where it is now', async () => {
    const { coordinator, will, move, asked, told } = createHarness();
    await coordinator.heartbeat(beat);
    will(trouble({ type: 'NOT_COORDINATOR_FOR_GROUP' }, true));
    move(2);
    await coordinator.heartbeat(beat);
    await vi.waitFor(() => expect(told.at(-1)).toBe('confirmed 1'));
    expect(asked).toEqual(['1 heartbeat m', '1 heartbeat m', '2 heartbeat m']);
  });

  it('whose answer nobody waited for tells it with the next one', async () => {
    const { coordinator, will, asked } = createHarness();
    will(away, trouble({ type: 'REBALANCE_IN_PROGRESS' }));
    await coordinator.heartbeat(beat);
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    await expect(coordinator.heartbeat(beat)).rejects.toMatchObject({ type: 'REBALANCE_IN_PROGRESS' });
    // And only once.
    await coordinator.heartbeat(beat);
    expect(asked).toHaveLength(3);
  });

  it('is sent unasked as long as there is a member, and not while it joins', async () => {
    const { coordinator, asked, told } = createHarness();
    coordinator.confirmSoon();
    await coordinator.syncGroup(sync);
    coordinator.confirmSoon();
    await vi.waitFor(() => expect(told).toEqual(['confirmed 1', 'confirmed 1']));
    expect(asked).toEqual(['1 sync m', '1 heartbeat m']);
    const joined = coordinator.joinGroup(join);
    coordinator.confirmSoon();
    await joined;
    coordinator.confirmSoon();
    expect(asked).toEqual(['1 sync m', '1 heartbeat m', '1 join ']);
  });

  it('is not sent by a member that has left', async () => {
    const { coordinator, asked } = createHarness();
    await coordinator.syncGroup(sync);
    await coordinator.leaveGroup({ groupId: 'g', memberId: 'm' });
    await coordinator.heartbeat(beat);
    coordinator.confirmSoon();
    expect(asked).toEqual(['1 sync m', '1 leave m']);
  });

  it('ends with the driver', async () => {
    let closed = false;
    const { coordinator, will, asked } = createHarness({ isClosed: () => closed });
    will(away, away);
    await coordinator.heartbeat(beat);
    closed = true;
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    await expect(coordinator.heartbeat(beat)).rejects.toBe(away);
  });
});

describe('a join', () => {
  it('goes on as the member that an earlier consumer was, as a new one when the group has forgotten that', async () => {
    const { coordinator, will, asked } = createHarness({ rejoinAs: 'old' });
    will(trouble({ type: 'UNKNOWN_MEMBER_ID' }));
    await expect(coordinator.joinGroup(join)).rejects.toMatchObject({ type: 'UNKNOWN_MEMBER_ID' });
    await coordinator.joinGroup(join);
    expect(asked).toEqual(['1 join old', '1 join ']);
  });

  it('keeps the id it was given before it could use it', async () => {
    const { coordinator, asked } = createHarness();
    coordinator.observeJoin({
      leaderId: '',
      members: [],
      errorCode: 79,
      memberId: 'given',
      generationId: -1,
    });
    await coordinator.joinGroup(join);
    expect(asked).toEqual(['1 join given']);
    expect(coordinator.memberId).toBe('given');
  });

  it('is repeated while the coordinator is not there or loads its groups', async () => {
    const { coordinator, will, asked } = createHarness();
    will(away, trouble({ type: 'GROUP_LOAD_IN_PROGRESS' }, true), { joinGroup: true });
    await coordinator.joinGroup({ ...join, memberId: 'm' });
    expect(asked).toEqual(['1 join m', '1 join m', '1 join m']);
  });

  it('forgets its member when a heartbeat learns that the group has', async () => {
    const { coordinator, will, asked } = createHarness({ rejoinAs: 'm' });
    will(trouble({ type: 'UNKNOWN_MEMBER_ID' }));
    await expect(coordinator.heartbeat(beat)).rejects.toMatchObject({ type: 'UNKNOWN_MEMBER_ID' });
    await coordinator.joinGroup(join);
    expect(asked).toEqual(['1 heartbeat m', '1 join ']);
  });
});
