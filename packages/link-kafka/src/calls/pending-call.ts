/**
 * One call in flight: what was sent, where, and who waits for it.
 * One object per call serves as batch entry, deadline entry and row of the table of pending calls.
 */
import type { OutgoingRecord, RecordPosition } from '@trpc-kafka/core';
import type {
  BatchEntry,
  BatchPartitions,
  CallId,
  DeadlineEntry,
  InboxAddress,
  ProcedureType,
  ReplyMessage,
  ServerMessage,
} from '@trpc-kafka/core/internal';
import { type PreparedRecord, toOutgoing } from '../requests/prepared-record.js';
import type { AwaitedCall, ReplySource } from './awaited-call.js';

/** Who waits for a call. The methods must not throw. */
export interface CallListener {
  message(message: ServerMessage, call: PendingCall, position: RecordPosition): void;
  /** The call ended without an outcome from a server; it is settled already. */
  failed(error: Error): void;
}

/** Who made the call and keeps the table: one for all calls of a client. */
export interface CallOwner {
  /** Takes the call out of the table. */
  settle(call: PendingCall): void;
  /** The record stands in its partition, and nobody has answered it yet. */
  sent(position: RecordPosition): void;
  /** A server answered what was sent to a place, as far as that is known. */
  answered(sentTo: RecordPosition | undefined): void;
  /** A second server runs a subscription that has a stream already: it is to stop. */
  turnAway(call: PendingCall, server: InboxAddress): void;
  /** The error that tells what was known when the deadline passed. */
  timeoutError(call: PendingCall): Error;
}

/** What a call is made from. */
export interface PendingCallOptions {
  readonly id: CallId;
  readonly type: ProcedureType;
  readonly path: string;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  /** The procedure whose deadline it is, where that is nearer than the call's own. */
  readonly deadlineOf?: string | undefined;
  readonly listener: CallListener;
  readonly owner: CallOwner;
}

/** A call in flight. */
export class PendingCall implements BatchEntry, AwaitedCall {
  slot: Set<DeadlineEntry> | undefined = undefined;
  /** Where the brokers put the record, once they said so. */
  sentTo: RecordPosition | undefined = undefined;
  /** The control inbox of the server that answered first. */
  server: InboxAddress | undefined = undefined;
  /** What is to happen at the deadline; the caller's timeout when nothing is said. */
  onExpired: (() => void) | undefined = undefined;
  /** True once no outcome is awaited any more. */
  settled = false;
  /** True once a stream has come of it. */
  hasBegun = false;
  private record: PreparedRecord | undefined = undefined;
  private handedOver = false;
  private hasAnswer = false;
  readonly id: CallId;
  readonly type: ProcedureType;
  readonly path: string;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly deadlineOf: string | undefined;
  private readonly listener: CallListener;
  private readonly owner: CallOwner;

  constructor(options: PendingCallOptions) {
    this.id = options.id;
    this.type = options.type;
    this.path = options.path;
    this.timeoutMs = options.timeoutMs;
    this.deadlineMs = options.deadlineMs;
    this.deadlineOf = options.deadlineOf;
    this.listener = options.listener;
    this.owner = options.owner;
  }

  prepare(record: PreparedRecord): void {
    this.record = record;
  }

  /** Its record is given to the brokers, alone or with those of other calls. */
  handOver(): void {
    this.handedOver = true;
  }

  /** True once the record was given to the brokers, whatever they made of it: a server may run the call. */
  get mayBeKnown(): boolean {
    return this.handedOver;
  }

  get bytes(): number {
    return this.record?.bytes ?? 0;
  }

  toRecord(batch: BatchPartitions): OutgoingRecord | undefined {
    const { record } = this;
    // An abandoned call that was not yet written needs neither record nor cancel.
    if (this.settled || record === undefined) return undefined;
    this.handOver();
    this.record = undefined;
    return toOutgoing(record, batch);
  }

  delivered(position: RecordPosition): void {
    this.sentTo = position;
    // An answer may be here before the brokers have acknowledged the call.
    if (this.hasAnswer) this.owner.answered(position);
    else this.owner.sent(position);
  }

  failed(error: Error): void {
    if (this.settled) return;
    this.owner.settle(this);
    this.listener.failed(error);
  }

  expire(): void {
    if (this.settled) return;
    if (this.onExpired === undefined) this.failed(this.owner.timeoutError(this));
    else this.onExpired();
  }

  message(message: ReplyMessage, source: ReplySource): boolean {
    if (message.kind === 'hello-reply') return false;
    if (this.settled) return true;
    this.hasAnswer = true;
    this.owner.answered(this.sentTo);
    if (this.isOfStream(message) && !this.isFrom(message, source)) return true;
    this.listener.message(message, this, source.position);
    return true;
  }

  unreadable(error: Error): void {
    this.failed(error);
  }

  /** Of a query or mutation, only the messages of a stream have one server. */
  private isOfStream(message: ServerMessage): boolean {
    switch (message.kind) {
      case 'data':
      case 'error':
        return this.type === 'subscription' || message.seq !== undefined;
      case 'started':
      case 'chunk':
      case 'stopped':
      case 'lost':
        return true;
      case 'expired':
      case 'maybe-executed':
        return this.type === 'subscription';
    }
  }

  /** The successor of a server that is thought dead runs its subscriptions and queries again: two streams must not mix. */
  private isFrom(message: ServerMessage, { server }: ReplySource): boolean {
    this.server ??= server;
    if (this.server === undefined || server?.inboxId === this.server.inboxId) return true;
    if (message.kind === 'started' && server !== undefined) this.owner.turnAway(this, server);
    return false;
  }
}
