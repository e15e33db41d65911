/** Calls that share a record, in the making: it takes calls until its batch is formed, and writes those that are still wanted then. */
import type { Operation } from '@trpc/client';
import type { OutgoingRecord, RecordPosition } from '@trpc-kafka/core';
import { type BatchEntry, type BatchPartitions, isThenable } from '@trpc-kafka/core/internal';
import type { Texts } from '../calls/call-draft.js';
import type { PendingCall } from '../calls/pending-call.js';
import type { CallWriting, HeadersOf } from './call-writer.js';
import { type PreparedRecord, toOutgoing } from './prepared-record.js';
import type { EncodedCall, RequestDraft } from './request-sender.js';

/** A call in a bundle. */
export interface BundledCall {
  readonly call: PendingCall;
  readonly op: Operation;
  readonly encoded: EncodedCall;
}

/** What a bundle is made from. */
export interface CallBundleOptions {
  readonly writing: CallWriting;
  /** The key of its record, the same for all its calls. */
  readonly key: string | undefined;
  /** The headers that each of its callers gave. */
  readonly callHeaders: Texts | undefined;
  readonly headersOf: HeadersOf<OperationList>;
  /** Told when its batch is formed: it takes no more calls. */
  readonly onSealed: () => void;
}

/** The operations of a record, as tRPC's batching links tell them. */
export type OperationList = [Operation, ...Operation[]];

/** Room for headers and Kafka's own fields, as the batcher is told. */
const overheadBytes = 512;

/** A record of calls. */
export class CallBundle implements BatchEntry {
  /** Of the record's value, with what joins the calls of a bundle. */
  valueBytes = 1;
  private calls: BundledCall[] = [];
  private sealed = false;
  /** What the record is made from, once headers and interceptors have been asked. */
  private draft: Omit<RequestDraft, 'calls'> | undefined = undefined;
  private linkHeaders: Texts | undefined = undefined;
  private readonly options: CallBundleOptions;

  constructor(options: CallBundleOptions) {
    this.options = options;
  }

  get size(): number {
    return this.calls.length;
  }

  get bytes(): number {
    return this.valueBytes + overheadBytes;
  }

  add(call: BundledCall): void {
    this.calls.push(call);
    this.valueBytes += call.encoded.bytesInBundle;
  }

  toRecord(batch: BatchPartitions): OutgoingRecord | undefined {
    if (!this.sealed) {
      this.sealed = true;
      this.options.onSealed();
      const waits = this.ask();
      if (waits !== undefined) {
        // It comes back with a later batch.
        void waits.then(() => this.options.writing.batcher.add(this));
        return undefined;
      }
    }
    const record = this.write();
    return record === undefined ? undefined : toOutgoing(record, batch);
  }

  delivered(position: RecordPosition): void {
    for (const { call } of this.calls) call.delivered(position);
  }

  failed(error: Error): void {
    for (const { call } of this.calls) call.failed(error);
  }

  /** Asks for headers, then the interceptors. A promise only where one of them is asynchronous; it never rejects. */
  private ask(): Promise<void> | undefined {
    const [first, ...others] = this.wanted();
    if (first === undefined) return undefined;
    const ops: OperationList = [first.op, ...others.map(({ op }) => op)];
    try {
      const given = this.options.headersOf(ops);
      if (!isThenable(given)) return this.intercept(given);
      return Promise.resolve(given).then(
        (linkHeaders) => this.intercept(linkHeaders),
        (error: Error) => this.failed(error),
      );
    } catch (error) {
      // Nobody knows which of the calls it was about.
      this.failed(error as Error);
      return undefined;
    }
  }

  private intercept(linkHeaders: Texts | undefined): Promise<void> | undefined {
    const { writing, key, callHeaders } = this.options;
    const calls = this.wanted().map(({ encoded }) => encoded);
    if (calls.length === 0) return undefined;
    const headers = { ...linkHeaders, ...callHeaders };
    this.linkHeaders = linkHeaders;
    this.draft = { topic: writing.topic, purpose: 'call', key, headers };
    try {
      const waits = writing.requests.intercept({ ...this.draft, calls });
      return waits instanceof Promise ? waits.catch((error: Error) => this.refuse(error)) : undefined;
    } catch (error) {
      this.refuse(error as Error);
      return undefined;
    }
  }

  private write(): PreparedRecord | undefined {
    this.calls = this.wanted();
    if (this.calls.length === 0 || this.draft === undefined) return undefined;
    try {
      const calls = this.calls.map(({ encoded }) => encoded);
      const record = this.options.writing.requests.prepare({ ...this.draft, calls });
      for (const { call } of this.calls) call.handOver();
      return record;
    } catch (error) {
      this.refuse(error as Error);
      return undefined;
    }
  }

  /** What is refused together is tried apart, each call in a record of its own: one must not spoil the others. */
  private refuse(error: Error): void {
    const calls = this.wanted();
    this.calls = [];
    if (calls.length === 1) {
      calls[0]!.call.failed(error);
      return;
    }
    const { linkHeaders } = this;
    for (const call of calls) {
      const alone = new CallBundle({ ...this.options, headersOf: () => linkHeaders, onSealed() {} });
      alone.add(call);
      this.options.writing.batcher.add(alone);
    }
  }

  private wanted(): BundledCall[] {
    return this.calls.filter(({ call }) => !call.settled);
  }
}
