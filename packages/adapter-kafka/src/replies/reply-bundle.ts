/** The replies of one flush for one inbox, in one record. It takes envelopes until its batch is formed. */
import type { OutgoingRecord, RecordPosition } from '@trpc-kafka/core';
import {
  addresseeHeader,
  type BatchEntry,
  type InboxAddress,
  joinEnvelopes,
  recordHeader,
} from '@trpc-kafka/core/internal';

/** Most envelopes in a bundle. */
const maxEnvelopes = 64;
/** Most bytes in a bundle of several. */
const maxBundleBytes = 256 * 1024;

/** Told of what became of a bundle. */
export interface BundleListener {
  /** The bundle's record is being written: it takes no more envelopes. */
  sealed(bundle: ReplyBundle): void;
  failed(bundle: ReplyBundle, error: Error): void;
}

/** What a bundle is made from. */
export interface ReplyBundleOptions {
  readonly address: InboxAddress;
  /** The `trpc-kafka` header of this server's records. */
  readonly sender: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly listener: BundleListener;
}

/** A record of replies in the making. */
export class ReplyBundle implements BatchEntry {
  bytes = 256;
  readonly address: InboxAddress;
  /** The paths of the calls answered, for reports. */
  readonly paths: string[] = [];
  private readonly envelopes: string[] = [];
  private readonly headers: Record<string, string>;
  private readonly listener: BundleListener;

  constructor(options: ReplyBundleOptions) {
    this.address = options.address;
    this.headers = {
      ...options.headers,
      [recordHeader]: options.sender,
      [addresseeHeader]: options.address.inboxId,
    };
    this.listener = options.listener;
  }

  /** False when another envelope would make it too large. */
  hasRoomFor(bytes: number): boolean {
    return (
      this.envelopes.length === 0 ||
      (this.envelopes.length < maxEnvelopes && this.bytes + bytes <= maxBundleBytes)
    );
  }

  add(envelope: string, facts: { bytes: number; path: string }): void {
    this.envelopes.push(envelope);
    this.paths.push(facts.path);
    this.bytes += facts.bytes + 1;
  }

  toRecord(): OutgoingRecord {
    this.listener.sealed(this);
    const { topic, partition } = this.address;
    return { topic, partition, key: null, value: joinEnvelopes(this.envelopes), headers: this.headers };
  }

  delivered(_position: RecordPosition): void {}

  failed(error: Error): void {
    this.listener.failed(this, error);
  }
}
