/**
 * One life of a member of a group, over connections of @platformatic/kafka: from its start until it stops or dies.
 * Owns: the classic group protocol (join, sync, heartbeats, leave), when the group is joined anew.
 * Must not know: policies. What to do about a death, a rebalance or a record is decided by cluster-group.ts.
 */
import type { RawJoinGroupResponse } from '../cluster/broker-requests.js';
import {
  codeToTransportError,
  isConnectionTrouble,
  originalError,
  toError,
  toTransportError,
} from '../cluster/client-errors.js';
import type { RequestTimeoutsMs } from '../cluster/cluster-driver.js';
import { createGroupCoordinator } from '../cluster/group-coordinator.js';
import {
  defaultSessionTimeoutMs,
  type GroupSession,
  type GroupSessionOptions,
  type Membership,
} from '../cluster/group-session.js';
import { requestTimeoutsMs } from '../cluster/kafka-cluster.js';
import type { FoundPartition } from '../cluster/owned-partitions.js';
import { listOffsets, lookUpTopic } from '../cluster/partition-lookup.js';
import { stickyAssignerName } from '../cluster/sticky-assignment.js';
import { assignMembers, encodeSubscription, readAssignment } from './group-protocol.js';
import { createPartitionReader } from './partition-reader.js';
import type { PlatformaticCluster } from './platformatic-cluster.js';

/** What a session on @platformatic/kafka needs besides. */
export interface PlatformaticSessionContext {
  readonly rebalanceTimeoutMs: number;
  /** Opens a cluster of the session's own. */
  readonly openCluster: (
    timeoutsMs: RequestTimeoutsMs,
    onFailure: (error: Error) => void,
  ) => PlatformaticCluster;
}

/** Partitions that were added are read this soon. */
const metadataMaxAgeMs = 5000;
const memberIdRequired = 79;
/** What a coordinator answers a member that is to join again. */
const rejoin: ReadonlySet<string> = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
]);

/** Makes a session. */
export function createPlatformaticSession(
  options: GroupSessionOptions,
  context: PlatformaticSessionContext,
): GroupSession {
  return new SessionImpl(options, context);
}

/** The group as its member has it after a join. */
interface Joined extends Membership {
  readonly isLeader: boolean;
  /** How many partitions were shared out; known to the leader. */
  readonly shared: number | undefined;
}

class SessionImpl implements GroupSession {
  private readonly options: GroupSessionOptions;
  private readonly context: PlatformaticSessionContext;
  private readonly cluster: PlatformaticCluster;
  private readonly coordinator;
  private readonly reader;
  private readonly sessionTimeoutMs: number;
  private readonly heartbeatIntervalMs: number;
  private joined: Joined | undefined;
  private heart: NodeJS.Timeout | undefined;
  private lookout: NodeJS.Timeout | undefined;
  private joining = false;
  private beating = false;
  private over = false;

  constructor(options: GroupSessionOptions, context: PlatformaticSessionContext) {
    const { group, listener } = options;
    this.options = options;
    this.context = context;
    this.sessionTimeoutMs = group.sessionTimeoutMs ?? defaultSessionTimeoutMs;
    this.heartbeatIntervalMs = group.heartbeatIntervalMs ?? 500;
    const maxWaitTimeMs = group.maxWaitTimeMs ?? 300;
    const timeoutsMs = {
      ...requestTimeoutsMs,
      Fetch: maxWaitTimeMs + 1500,
      // Members wait here for each other.
      JoinGroup: context.rebalanceTimeoutMs + 5000,
    };
    this.cluster = context.openCluster(timeoutsMs, (error) => {
      if (isConnectionTrouble(error)) this.coordinator.confirmSoon();
    });
    this.coordinator = createGroupCoordinator({
      groupId: group.groupId,
      brokers: { any: () => this.cluster.anyBroker(), at: (nodeId) => this.cluster.brokerAt(nodeId) },
      rejoinAs: options.rejoinAs,
      isClosed: () => this.cluster.closed,
      onInterrupted: (error) => listener.interrupted(error),
      onConfirmed: (generation) => listener.confirmed(generation),
    });
    this.reader = createPartitionReader({
      cluster: this.cluster,
      topic: group.topic,
      maxWaitTimeMs,
      onBatch: (batch) => listener.batch(batch),
      onOffsetLost: (partition) => listener.offsetLost(partition),
      onPartitions: (count) => this.counted(count),
      onFailed: (error) => this.die(error),
    });
  }

  get brokersTried(): ReadonlySet<string> {
    return this.cluster.brokersTried;
  }

  get memberId(): string | undefined {
    return this.coordinator.memberId;
  }

  get aliveMs(): number {
    return this.coordinator.askedMs;
  }

  get isJoining(): boolean {
    return this.joining;
  }

  async start(): Promise<void> {
    const { topic } = this.options.group;
    await this.cluster.connect();
    const found = await lookUpTopic(this.cluster, topic);
    const unknownTopic = 3;
    if (found === undefined) throw codeToTransportError(unknownTopic, `cannot read topic ${topic}`);
    if (this.over) return;
    this.heart = setInterval(() => void this.beat(), this.heartbeatIntervalMs);
    this.lookout = setInterval(() => void this.reader.lookUp().catch(() => undefined), metadataMaxAgeMs);
    void this.reader.lookUp().catch(() => undefined);
    void this.join();
  }

  async find(partitions: readonly number[]): Promise<readonly FoundPartition[]> {
    if (partitions.length === 0) return [];
    const { topic, groupId } = this.options.group;
    const topics = [{ topic, partitions: partitions.map((partition) => ({ partition })) }];
    const [committed, earliest, latest] = await Promise.all([
      this.coordinator.offsetFetch({ groupId, topics }),
      this.listOffsets(partitions, 'earliest'),
      this.listOffsets(partitions, 'latest'),
    ]);
    return (committed.responses[0]?.partitions ?? []).map(({ partition, offset, metadata }) => ({
      partition,
      committed: Number(offset) < 0 ? undefined : { offset: Number(offset), metadata: metadata ?? '' },
      earliest: earliest.get(partition) ?? 0,
      endOffset: latest.get(partition) ?? 0,
    }));
  }

  read(positions: readonly { readonly partition: number; readonly position: number }[]): void {
    if (!this.over && !this.joining) this.reader.read(positions);
  }

  async commit(membership: Membership, offsets: Parameters<GroupSession['commit']>[1]): Promise<void> {
    const { topic, groupId } = this.options.group;
    const partitions = offsets.map(({ partition, offset, metadata = '' }) => ({
      partition,
      offset: String(offset),
      metadata,
    }));
    await this.coordinator.offsetCommit({
      groupId,
      memberId: membership.memberId,
      groupGenerationId: membership.generation,
      topics: [{ topic, partitions }],
    });
  }

  isMember(): boolean {
    return Date.now() - this.coordinator.confirmedMs < this.sessionTimeoutMs;
  }

  confirmSoon(): void {
    if (Date.now() - this.coordinator.confirmedMs > this.sessionTimeoutMs / 3) this.coordinator.confirmSoon();
  }

  pause(partitions: readonly number[]): void {
    this.reader.pause(partitions);
  }

  resume(partitions: readonly number[]): void {
    this.reader.resume(partitions);
  }

  async leave(membership: Membership | undefined): Promise<void> {
    this.end();
    if (membership === undefined) return;
    await this.coordinator.leaveGroup({
      groupId: this.options.group.groupId,
      memberId: membership.memberId,
    });
  }

  close(): void {
    this.end();
    this.cluster.close();
  }

  private end(): void {
    this.over = true;
    clearInterval(this.heart);
    clearInterval(this.lookout);
    this.reader.close();
  }

  private die(error: Error): void {
    if (this.over) return;
    this.end();
    this.options.listener.died(error);
  }

  /** Joins the group, again or for the first time. Nothing is read meanwhile, so that the last commit says all that was. */
  private async join(): Promise<void> {
    if (this.joining || this.over) return;
    this.joining = true;
    this.reader.stop();
    try {
      const joined = await this.joinUntilIn();
      if (joined === undefined) return;
      this.joined = joined;
      this.joining = false;
      this.options.listener.joined(joined);
    } catch (error) {
      this.joining = false;
      this.die(toError(error));
    }
  }

  private async joinUntilIn(): Promise<Joined | undefined> {
    while (!this.over) {
      try {
        await this.options.listener.beforeJoin();
        return await this.joinOnce();
      } catch (error) {
        // A round that is overtaken by the next; other members come and go.
        if (!rejoin.has(typeOf(error))) throw error;
      }
    }
    return undefined;
  }

  private async joinOnce(): Promise<Joined> {
    const { groupId, topic } = this.options.group;
    const answer = await this.askToJoin();
    this.coordinator.observeJoin(answer);
    const { memberId, generationId, leaderId, members } = answer;
    const isLeader = leaderId === memberId;
    const partitions = isLeader ? await this.listPartitions() : [];
    const { memberAssignment } = await this.coordinator.syncGroup({
      groupId,
      generationId,
      memberId,
      protocolName: stickyAssignerName,
      groupAssignment: isLeader ? assignMembers(topic, partitions, members) : [],
    });
    return {
      memberId,
      generation: generationId,
      partitions: readAssignment(topic, memberAssignment),
      isLeader,
      shared: isLeader ? partitions.length : undefined,
    };
  }

  private async askToJoin(): Promise<RawJoinGroupResponse> {
    const { groupId, topic } = this.options.group;
    const metadata = encodeSubscription(topic, this.options.ownership());
    const request = {
      groupId,
      sessionTimeout: this.sessionTimeoutMs,
      rebalanceTimeout: this.context.rebalanceTimeoutMs,
      groupProtocols: [{ name: stickyAssignerName, metadata }],
    };
    try {
      return await this.coordinator.joinGroup(request);
    } catch (error) {
      const { memberId } = originalError(error) as { memberId?: string };
      if (typeOf(error) !== 'MEMBER_ID_REQUIRED' || memberId === undefined) throw error;
      const unknown = { generationId: -1, leaderId: '', members: [] };
      this.coordinator.observeJoin({ errorCode: memberIdRequired, memberId, ...unknown });
      return this.coordinator.joinGroup({ ...request, memberId });
    }
  }

  private async beat(): Promise<void> {
    const { joined } = this;
    if (joined === undefined || this.joining || this.beating || this.over) return;
    this.beating = true;
    try {
      await this.coordinator.heartbeat({
        groupId: this.options.group.groupId,
        memberId: joined.memberId,
        groupGenerationId: joined.generation,
      });
    } catch (error) {
      this.refused(toError(error));
    } finally {
      this.beating = false;
    }
  }

  private refused(error: Error): void {
    if (this.over || this.joining) return;
    const type = typeOf(error);
    if (!rejoin.has(type)) {
      this.die(error);
      return;
    }
    if (type === 'REBALANCE_IN_PROGRESS') this.options.listener.rebalancing();
    void this.join();
  }

  /** Partitions were added: the leader shares them out. */
  private counted(count: number): void {
    const { joined } = this;
    if (joined?.shared === undefined || joined.shared === count || this.joining || this.over) return;
    this.options.listener.rebalancing();
    void this.join();
  }

  private async listPartitions(): Promise<readonly number[]> {
    const { topic } = this.options.group;
    const found = await this.patientLookUp();
    if (found === undefined) throw codeToTransportError(3, `cannot read topic ${topic}`);
    return found.partitionMetadata.map(({ partitionId }) => partitionId);
  }

  private async patientLookUp(): ReturnType<typeof lookUpTopic> {
    const { topic } = this.options.group;
    for (let attempt = 0; ; attempt++) {
      try {
        return await lookUpTopic(this.cluster, topic);
      } catch (error) {
        const { retryable } = toTransportError(error, { doing: `cannot look up topic ${topic}` });
        if (!retryable || this.over || attempt >= 20) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  private async listOffsets(
    partitions: readonly number[],
    at: 'earliest' | 'latest',
  ): Promise<ReadonlyMap<number, number>> {
    const { topic } = this.options.group;
    const found = await lookUpTopic(this.cluster, topic);
    const byLeader = new Map<number, number[]>();
    for (const { partitionId, leader } of found?.partitionMetadata ?? []) {
      if (!partitions.includes(partitionId)) continue;
      if (leader < 0) throw codeToTransportError(5, `partition ${topic}[${partitionId}]`);
      const own = byLeader.get(leader);
      if (own === undefined) byLeader.set(leader, [partitionId]);
      else own.push(partitionId);
    }
    const answers = await Promise.all(
      [...byLeader].map(([leader, own]) => listOffsets(this.cluster, { topic, partitions: own, leader, at })),
    );
    return new Map(answers.flatMap((answer) => [...answer]));
  }
}

function typeOf(error: unknown): string {
  return originalError(error).type ?? '';
}
