/** The replies of one flush for one inbox, in one record. It takes envelopes until its batch is formed. */
import type { OutgoingRecord, RecordPosition } from '@trpc-kafka/core';
import {
  addresseeHeader,
  type BatchEntry,
  type EncodedEnvelope,
  type EnvelopeCodec,
  formatParts,
  type InboxAddress,
  recordHeader,
  toRecordValue,
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
  readonly codec: EnvelopeCodec;
  /** The `trpc-kafka` header of this server's records in that codec. */
  readonly sender: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly listener: BundleListener;
}

/** A record of replies in the making. */
export class ReplyBundle implements BatchEntry {
  bytes = 256;
  readonly address: InboxAddress;
  readonly codec: EnvelopeCodec;
  /** The paths of the calls answered, for reports. */
  readonly paths: string[] = [];
  private readonly envelopes: EncodedEnvelope[] = [];
  private readonly headers: Record<string, string>;
  private readonly listener: BundleListener;

  constructor(options: ReplyBundleOptions) {
    this.address = options.address;
    this.codec = options.codec;
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

  add(envelope: EncodedEnvelope, facts: { bytes: number; path: string }): void {
    this.envelopes.push(envelope);
    this.paths.push(facts.path);
    this.bytes += facts.bytes + this.codec.jointBytes;
  }

  toRecord(): OutgoingRecord {
    this.listener.sealed(this);
    const { topic, partition } = this.address;
    const { value, parts } = this.codec.join(this.envelopes);
    if (parts !== undefined) this.headers[recordHeader] = formatParts(this.headers[recordHeader]!, parts);
    return { topic, partition, key: null, value: toRecordValue(value), headers: this.headers };
  }

  delivered(_position: RecordPosition): void {}

  failed(error: Error): void {
    this.listener.failed(this, error);
  }
}
