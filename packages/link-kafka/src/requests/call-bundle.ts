/** Calls that share a record, in the making: it takes calls until its batch is formed, and writes those that are still wanted then. */
import type { Operation } from '@trpc/client';
import type { OutgoingRecord, RecordPosition } from '@trpc-kafka/core';
import { type BatchEntry, type BatchPartitions, isThenable } from '@trpc-kafka/core/internal';
import type { PendingCall } from '../calls/pending-call.js';
import type { Texts } from '../calls/texts.js';
import type { CallWriting, HeadersOf } from './call-writer.js';
import { type PreparedRecord, toOutgoing } from './prepared-record.js';
import type { EncodedCall, RequestDraft } from './request-sender.js';

/** What a bundle is made from. */
export interface CallBundleOptions {
  readonly writing: CallWriting;
  /** The key of its record, the same for all its calls. */
  readonly key: string | undefined;
  /** The headers that each of its calls takes over from the call in whose resolver it was made. */
  readonly inheritedHeaders: Texts | undefined;
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
  /** The calls, their operations and their envelopes, at the same places: no object of its own for each. */
  private calls: PendingCall[] = [];
  private ops: Operation[] = [];
  private encoded: EncodedCall[] = [];
  private sealed = false;
  private linkHeaders: Texts | undefined = undefined;
  /** As the interceptors left them, once they have been asked. */
  private headers: Record<string, string> | undefined = undefined;
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

  /** Whether any of its calls still waits for an outcome. */
  isWanted(): boolean {
    return this.calls.some((call) => !call.settled);
  }

  add(call: PendingCall, op: Operation, encoded: EncodedCall): void {
    this.calls.push(call);
    this.ops.push(op);
    this.encoded.push(encoded);
    this.valueBytes += encoded.bytesInBundle;
  }

  toRecord(batch: BatchPartitions): OutgoingRecord | undefined {
    if (!this.sealed) {
      this.sealed = true;
      this.options.onSealed();
      const waits = this.ask();
      if (waits !== undefined) {
        // It comes back with a later batch.
        void waits.then(() => {
          if (this.isWanted()) this.options.writing.batcher.add(this);
        });
        return undefined;
      }
    }
    const record = this.write();
    return record === undefined ? undefined : toOutgoing(record, batch);
  }

  delivered(position: RecordPosition): void {
    for (const call of this.calls) call.delivered(position);
  }

  failed(error: Error): void {
    for (const call of this.calls) call.failed(error);
  }

  /** Asks for headers, then the interceptors. A promise only where one of them is asynchronous; it never rejects. */
  private ask(): Promise<void> | undefined {
    if (!this.prune()) return undefined;
    try {
      const given = this.options.headersOf(this.ops as OperationList);
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
    if (!this.prune()) return undefined;
    const { inheritedHeaders, callHeaders } = this.options;
    const headers = { ...inheritedHeaders, ...linkHeaders, ...callHeaders };
    this.linkHeaders = linkHeaders;
    this.headers = headers;
    try {
      const waits = this.options.writing.requests.intercept(this.draft(headers));
      return waits instanceof Promise ? waits.catch((error: Error) => this.refuse(error)) : undefined;
    } catch (error) {
      this.refuse(error as Error);
      return undefined;
    }
  }

  private write(): PreparedRecord | undefined {
    if (!this.prune() || this.headers === undefined) return undefined;
    try {
      const record = this.options.writing.requests.prepare(this.draft(this.headers));
      for (const call of this.calls) call.handOver();
      return record;
    } catch (error) {
      this.refuse(error as Error);
      return undefined;
    }
  }

  private draft(headers: Record<string, string>): RequestDraft {
    const { writing, key } = this.options;
    return { topic: writing.topic, purpose: 'call', calls: this.encoded, key, headers };
  }

  /** What is refused together is tried apart, each call in a record of its own: one must not spoil the others. */
  private refuse(error: Error): void {
    if (!this.prune()) return;
    const { calls, ops, encoded, linkHeaders, options } = this;
    this.calls = [];
    if (calls.length === 1) {
      calls[0]!.failed(error);
      return;
    }
    for (const [n, call] of calls.entries()) {
      const alone = new CallBundle({ ...options, headersOf: () => linkHeaders, onSealed() {} });
      alone.add(call, ops[n]!, encoded[n]!);
      options.writing.batcher.add(alone);
    }
  }

  /** Leaves out the calls that were given up. False when none is left. */
  private prune(): boolean {
    if (this.calls.some(isSettled)) {
      const { calls } = this;
      this.ops = this.ops.filter((_, n) => !calls[n]!.settled);
      this.encoded = this.encoded.filter((_, n) => !calls[n]!.settled);
      this.calls = calls.filter((call) => !call.settled);
    }
    return this.calls.length > 0;
  }
}

function isSettled({ settled }: PendingCall): boolean {
  return settled;
}
