/**
 * A membership in a consumer group that outlives the sessions it is made of.
 * Owns: when to commit, what to deliver, what to do when a consumer dies or falls silent.
 * Must not know: what the records are.
 */
import { KafkaTransportError } from '../../errors/transport-error.js';
import type { DriverEvent } from '../driver-event.js';
import type { CommitMoment, CommitOffset, GroupConsumer, GroupConsumerOptions } from '../group-consumer.js';
import { closedError, toError, toTransportError } from './client-errors.js';
import {
  defaultSessionTimeoutMs,
  type FetchedBatch,
  type GroupSession,
  type GroupSessionOptions,
  type Membership,
  missingGraceMs,
} from './group-session.js';
import { offsetAfter, toIncomingRecords } from './incoming-records.js';
import { createOwnedPartitions, type FoundPartition, isCommitUsable } from './owned-partitions.js';
import { createRestartPause } from './restart-pause.js';
import { sleep } from './sleep.js';
import type { Ownership } from './sticky-assignment.js';

/** What a group needs beside the caller's options. */
export interface ClusterGroupContext {
  readonly createSession: (options: GroupSessionOptions) => GroupSession;
  /** How long the members of a group have to join again. */
  readonly rebalanceTimeoutMs: number;
  readonly emit: (event: DriverEvent) => void;
}

const leaveStepMs = 400;
const longestPositioningMs = 2000;
/** Between looks at whether a member that was cut off is still one. */
const pauseBeforeRecordsMs = 100;

/** Joins a group. */
export function openClusterGroup(options: GroupConsumerOptions, context: ClusterGroupContext): GroupConsumer {
  const group = new GroupImpl(options, context);
  return {
    ready: group.ready,
    assignment: () => group.owned.list(),
    pause: (partitions) => group.pause(partitions),
    resume: (partitions) => group.resume(partitions),
    commit: () => group.commit('interval'),
    leave: () => group.leave(),
  };
}

interface SentCommit {
  readonly session: GroupSession;
  readonly membership: Membership;
  readonly offsets: readonly CommitOffset[];
  readonly moment: CommitMoment;
}

class GroupImpl {
  readonly ready: Promise<void>;
  readonly owned = createOwnedPartitions();
  private readonly options: GroupConsumerOptions;
  private readonly context: ClusterGroupContext;
  private readonly paused = new Set<number>();
  private readonly timers: NodeJS.Timeout[] = [];
  private resolveReady!: () => void;
  private rejectReady!: (error: Error) => void;
  private isReady = false;
  private session: GroupSession | undefined;
  /** The membership whose positions are known; commits are made under it. */
  private membership: Membership | undefined;
  /** Commits are held from the last one of a generation until positions in the next are known. */
  private holding = true;
  private lastCommit: Promise<boolean> = Promise.resolve(true);
  private positioning: Promise<void> | undefined;
  /** The last join, also while its positions are not yet known. */
  private latestJoin: Membership | undefined;
  private told: Ownership = { generation: -1, owned: [] };
  private restart: NodeJS.Timeout | undefined;
  /** As whom the next session joins: the group then has no session of a lost member to wait for. */
  private rejoinAs: string | undefined;
  /** The coordinator cannot be asked. */
  private interrupted = false;
  private readonly restartPause = createRestartPause();
  private leaving: Promise<void> | undefined;
  private readonly startedAtMs = Date.now();

  constructor(options: GroupConsumerOptions, context: ClusterGroupContext) {
    this.options = options;
    this.context = context;
    this.ready = new Promise((resolve, reject) => {
      this.resolveReady = resolve;
      this.rejectReady = reject;
    });
    // Whoever joined sees the failure on `ready`, if it looks.
    this.ready.catch(() => undefined);
    this.timers.push(setInterval(() => void this.commit('interval'), options.commitIntervalMs ?? 1000));
    this.timers.push(setInterval(() => this.watch(), 1000));
    void this.startSession();
  }

  pause(partitions: readonly number[]): void {
    for (const partition of partitions) this.paused.add(partition);
    this.applyPauses();
  }

  resume(partitions: readonly number[]): void {
    for (const partition of partitions) this.paused.delete(partition);
    const own = partitions.filter((partition) => this.owned.has(partition));
    if (this.membership !== undefined && own.length > 0) this.session?.resume(own);
  }

  async commit(moment: CommitMoment): Promise<boolean> {
    const { membership, session } = this;
    if (membership === undefined || session === undefined) return false;
    if (moment === 'interval' && (this.holding || this.interrupted)) return false;
    const offsets = this.owned.acceptCommit(this.options.offsetsToCommit(moment));
    // Nothing new: what was sent before may still be on its way.
    if (offsets.length > 0) this.lastCommit = this.send({ session, membership, offsets, moment });
    return await this.lastCommit;
  }

  private async send({ session, membership, offsets, moment }: SentCommit): Promise<boolean> {
    try {
      await session.commit(membership, offsets);
      return true;
    } catch (error) {
      if (this.membership === membership) this.owned.forgetCommit(offsets);
      if (this.leaving === undefined || moment !== 'interval') {
        this.context.emit({ type: 'commit-failed', groupId: this.options.groupId, error: toError(error) });
      }
      return false;
    }
  }

  leave(): Promise<void> {
    this.leaving ??= this.end();
    return this.leaving;
  }

  private async end(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    clearTimeout(this.restart);
    const { session } = this;
    if (session !== undefined) {
      await Promise.race([this.commit('leave'), sleep(leaveStepMs)]);
      const left = session.leave(this.latestJoin).catch(() => undefined);
      await Promise.race([left, sleep(leaveStepMs)]);
      session.close();
    }
    this.session = undefined;
    this.membership = undefined;
    this.owned.keepOnly([]);
    if (!this.isReady) this.rejectReady(closedError(`group ${this.options.groupId}`));
    this.context.emit({ type: 'group-left', groupId: this.options.groupId });
  }

  private async startSession(): Promise<void> {
    let session: GroupSession;
    try {
      session = this.context.createSession({
        group: this.options,
        ownership: () => this.tellOwnership(),
        rejoinAs: this.rejoinAs,
        listener: {
          beforeJoin: () => this.beforeJoin(),
          rebalancing: () => this.context.emit({ type: 'group-rebalancing', groupId: this.options.groupId }),
          joined: (membership) => this.joined(session, membership),
          batch: (batch) => this.receive(session, batch),
          offsetLost: (partition) => this.owned.markLost(partition),
          interrupted: (error) => this.interrupt(session, error),
          confirmed: (generation) => this.confirmed(session, generation),
          died: (error) => this.died(session, error),
        },
      });
    } catch (error) {
      this.rejectReady(toError(error));
      return;
    }
    this.session = session;
    await session.start().catch((error: unknown) => this.died(session, toError(error)));
  }

  /** Every way into a join passes here, also those that come without an event (a leader that moved, an unknown member). */
  private async beforeJoin(): Promise<void> {
    if (this.holding) return;
    this.holding = true;
    await Promise.race([this.commit('rebalance'), sleep(leaveStepMs)]);
  }

  /**
   * What this member tells the group's leader. The same bytes as last time where nothing changed: a member that joins
   * again because a leader moved then gets its assignment back, and the group is not rebalanced for it.
   */
  private tellOwnership(): Ownership {
    const owned = this.owned.list();
    if (String(owned) !== String(this.told.owned)) {
      this.told = { generation: this.latestJoin?.generation ?? -1, owned };
    }
    return this.told;
  }

  private joined(session: GroupSession, membership: Membership): void {
    if (session !== this.session || this.leaving !== undefined) return;
    const before = this.latestJoin;
    this.latestJoin = membership;
    const { groupId } = this.options;
    // Another member id means that the session had expired: others may have owned the partitions since.
    const sameMember = before?.memberId === membership.memberId;
    this.revoke(sameMember ? membership.partitions : []);
    this.membership = undefined;
    this.positioning = this.findPositions(session, membership);
    this.context.emit({
      type: 'group-joined',
      groupId,
      partitions: membership.partitions.length,
      generation: membership.generation,
    });
  }

  private revoke(keep: readonly number[]): void {
    const gone = this.owned.keepOnly(keep);
    for (const partition of gone) this.paused.delete(partition);
    if (gone.length > 0) this.guard('onRevoked', () => this.options.onRevoked(gone));
  }

  private async findPositions(session: GroupSession, membership: Membership): Promise<void> {
    while (this.latestJoin === membership && this.session === session) {
      try {
        const found = await session.find(membership.partitions);
        if (this.latestJoin !== membership || this.session !== session || this.leaving !== undefined) return;
        this.tellLostCommits(found);
        const assigned = this.owned.assign(found);
        this.membership = membership;
        this.positioning = undefined;
        this.holding = false;
        this.restartPause.joined();
        this.applyPauses();
        this.guard('onAssigned', () => this.options.onAssigned(assigned));
        session.read(assigned);
        this.isReady = true;
        this.resolveReady();
        return;
      } catch {
        // The coordinator or a leader moved; the watchdog replaces the session if this does not end.
        await sleep(100);
      }
    }
  }

  private tellLostCommits(found: readonly FoundPartition[]): void {
    const { groupId, topic } = this.options;
    for (const one of found) {
      if (one.committed === undefined || isCommitUsable(one)) continue;
      const { partition, committed, earliest } = one;
      const place = { groupId, topic, partition };
      const type = 'group-position-lost';
      this.context.emit({ type, ...place, lostOffset: committed.offset, resumedAt: earliest });
    }
  }

  private interrupt(session: GroupSession, error: unknown): void {
    if (session !== this.session || this.leaving !== undefined || this.interrupted) return;
    this.interrupted = true;
    const { groupId } = this.options;
    const context = { doing: `group ${groupId} cannot reach its coordinator`, brokers: session.brokersTried };
    this.context.emit({ type: 'group-interrupted', groupId, error: toTransportError(error, context) });
  }

  private confirmed(session: GroupSession, generation: number): void {
    if (session !== this.session || this.leaving !== undefined) return;
    // A join that failed, after which the group went on as before.
    if (this.membership?.generation === generation && !session.isJoining) this.holding = false;
    if (!this.interrupted) return;
    this.interrupted = false;
    this.context.emit({ type: 'group-recovered', groupId: this.options.groupId });
  }

  private applyPauses(): void {
    const own = [...this.paused].filter((partition) => this.owned.has(partition));
    if (this.membership !== undefined && own.length > 0) this.session?.pause(own);
  }

  private async receive(session: GroupSession, batch: FetchedBatch): Promise<boolean> {
    if (this.positioning !== undefined) await Promise.race([this.positioning, sleep(longestPositioningMs)]);
    if (!session.isMember()) {
      session.confirmSoon();
      await sleep(pauseBeforeRecordsMs);
    }
    if (this.positioning !== undefined || session !== this.session || this.leaving !== undefined)
      return false;
    // The partitions may be somebody else's by now, who reads the same records. As a member they are fetched again.
    if (!session.isMember()) return false;
    const { partition, messages } = batch;
    const { topic } = this.options;
    if (messages.length === 0 || !this.owned.has(partition)) return true;
    this.takeUpPosition(partition, Number(messages[0]!.offset));
    const next = this.owned.nextOffset(partition)!;
    const records = toIncomingRecords({ topic, partition }, messages, next);
    this.owned.advance(partition, offsetAfter(messages, next));
    if (records.length > 0) {
      const highWatermark = Number(batch.highWatermark);
      this.guard('onRecords', () => this.options.onRecords({ topic, partition, records, highWatermark }));
    }
    return true;
  }

  private takeUpPosition(partition: number, offset: number): void {
    const lost = this.owned.resumeAt(partition, offset);
    if (lost === undefined) return;
    const { groupId, topic } = this.options;
    this.context.emit({ type: 'group-position-lost', groupId, topic, partition, ...lost });
  }

  private died(session: GroupSession, error: Error): void {
    if (session !== this.session || this.leaving !== undefined) return;
    const { groupId, topic } = this.options;
    this.session = undefined;
    this.rejoinAs = session.memberId;
    this.interrupted = false;
    this.latestJoin = undefined;
    this.positioning = undefined;
    this.holding = true;
    session.close();
    this.revoke([]);
    this.membership = undefined;
    const failure = toTransportError(error, {
      doing: `cannot read topic ${topic} as group ${groupId}`,
      brokers: session.brokersTried,
    });
    const restarting = this.isReady || this.mayPass(failure);
    this.context.emit({ type: 'group-failed', groupId, error: failure, restarting });
    if (!restarting) {
      for (const timer of this.timers) clearInterval(timer);
      this.rejectReady(failure);
      return;
    }
    this.restart = setTimeout(() => void this.startSession(), this.restartPause.nextMs(failure));
  }

  private mayPass(failure: KafkaTransportError): boolean {
    if (failure.code === 'TOPIC_MISSING') return Date.now() - this.startedAtMs < missingGraceMs;
    return failure.retryable || failure.code === 'BROKERS_UNREACHABLE';
  }

  /** A client can fall silent without an event (kafkajs does); that it asks for heartbeats is the sign that it has not. */
  private watch(): void {
    const { session } = this;
    if (session === undefined) return;
    // kafkajs asks for heartbeats between fetches only, of which a large one may take longer than the session.
    session.confirmSoon();
    const joined = this.membership !== undefined && !session.isJoining;
    const patienceMs = joined
      ? 2 * (this.options.sessionTimeoutMs ?? defaultSessionTimeoutMs)
      : this.context.rebalanceTimeoutMs + 10_000;
    const silentMs = Date.now() - session.aliveMs;
    if (silentMs < patienceMs) return;
    this.died(
      session,
      new KafkaTransportError({
        code: 'BROKER_ERROR',
        message: `the Kafka client of group ${this.options.groupId} has not asked for a heartbeat for ${silentMs} ms`,
        retryable: true,
      }),
    );
  }

  private guard(where: string, callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.context.emit({ type: 'listener-failed', where: `group ${this.options.groupId} ${where}`, error });
    }
  }
}
