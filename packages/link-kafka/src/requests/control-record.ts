/** The control messages of one flush for one server, in one record. It takes messages until its batch is formed. */
import type { OutgoingRecord } from '@trpc-kafka/core';
import {
  addresseeHeader,
  type BatchEntry,
  type CancelMessage,
  type CreditMessage,
  joinEnvelopes,
  type LeaseMessage,
  recordHeader,
} from '@trpc-kafka/core/internal';

/** What a client tells servers beside its calls. */
export type ControlMessage = CancelMessage | CreditMessage | LeaseMessage;

/** Told of what became of a record. */
export interface ControlListener {
  /** The record is being written: it takes no more messages. */
  sealed(record: ControlRecord): void;
  failed(record: ControlRecord, error: Error): void;
}

/** What a record is made from. */
export interface ControlRecordOptions {
  readonly topic: string;
  readonly partition: number;
  /** The server's inbox id; `undefined` for every server. */
  readonly to: string | undefined;
  /** The `trpc-kafka` header of this client's records. */
  readonly sender: string;
  readonly listener: ControlListener;
}

/** As for bundles of replies: PROTOCOL.md, section 3. */
const maxEnvelopes = 64;

/** A record in the making. */
export class ControlRecord implements BatchEntry {
  bytes = 256;
  readonly to: string | undefined;
  readonly place: { readonly topic: string; readonly partition: number };
  readonly messages: ControlMessage[] = [];
  private readonly envelopes: string[] = [];
  private readonly options: ControlRecordOptions;

  constructor(options: ControlRecordOptions) {
    this.to = options.to;
    this.place = { topic: options.topic, partition: options.partition };
    this.options = options;
  }

  hasRoom(): boolean {
    return this.envelopes.length < maxEnvelopes;
  }

  add(message: ControlMessage, envelope: string): void {
    this.messages.push(message);
    this.envelopes.push(envelope);
    this.bytes += envelope.length + 1;
  }

  toRecord(): OutgoingRecord {
    const { topic, partition, sender, listener } = this.options;
    listener.sealed(this);
    const headers: Record<string, string> = { [recordHeader]: sender };
    if (this.to !== undefined) headers[addresseeHeader] = this.to;
    return { topic, partition, key: null, value: joinEnvelopes(this.envelopes), headers };
  }

  delivered(): void {}

  failed(error: Error): void {
    this.options.listener.failed(this, error);
  }
}
