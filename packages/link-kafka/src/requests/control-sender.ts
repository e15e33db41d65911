/** Writes control messages: to one server's inbox where it is known, else one copy to every control partition. */
import type { OutgoingRecord } from '@trpc-kafka/core';
import {
  addresseeHeader,
  type BatchEntry,
  encodeEnvelope,
  type InboxAddress,
  type Message,
  recordHeader,
  type Transport,
} from '@trpc-kafka/core/internal';

/** Writes control messages of one client to one service. */
export interface ControlSender {
  /** Writes a message. Nobody waits for it: what is lost shows as a call that runs to its deadline. */
  send(message: Message, server: InboxAddress | undefined): void;
  /** Resolves when the batcher has everything that was to be written; rejects never. */
  handedOver(): Promise<void>;
}

/** What a control sender needs. */
export interface ControlSenderOptions {
  readonly transport: Transport;
  readonly controlTopic: string;
  /** The `trpc-kafka` header of this client's records in JSON, which these are whatever calls are in: every server reads them. */
  readonly sender: () => string;
  readonly onFailed: (error: Error) => void;
}

/** Makes a control sender. */
export function createControlSender(options: ControlSenderOptions): ControlSender {
  const { transport, controlTopic } = options;
  /** Copies for every partition, while their number is looked up. */
  const lookingUp = new Set<Promise<void>>();

  function write(value: string, place: { topic: string; partition: number; to?: string }): void {
    const headers: Record<string, string> = { [recordHeader]: options.sender() };
    if (place.to !== undefined) headers[addresseeHeader] = place.to;
    const record: OutgoingRecord = {
      topic: place.topic,
      partition: place.partition,
      key: null,
      value,
      headers,
    };
    transport.batcher.add(new ControlEntry(record, value.length + 256, options.onFailed));
  }

  /** A reply that names another topic, or a partition that does not exist, as its server's inbox is forged, or from another service: never write there. */
  function isInbox({ topic, partition }: InboxAddress): boolean {
    return topic === controlTopic && partition < (transport.directory.known(controlTopic) ?? 0);
  }

  async function writeToAll(value: string): Promise<void> {
    const partitions = (await transport.directory.lookUp(controlTopic)) ?? 0;
    for (let partition = 0; partition < partitions; partition++)
      write(value, { topic: controlTopic, partition });
  }

  function broadcast(value: string): void {
    const written = writeToAll(value)
      .catch(options.onFailed)
      .finally(() => lookingUp.delete(written));
    lookingUp.add(written);
  }

  return {
    send(message, server) {
      const value = encodeEnvelope(message);
      if (server === undefined || !isInbox(server)) broadcast(value);
      else write(value, { topic: server.topic, partition: server.partition, to: server.inboxId });
    },
    async handedOver() {
      await Promise.all(lookingUp);
    },
  };
}

class ControlEntry implements BatchEntry {
  readonly bytes: number;
  private readonly record: OutgoingRecord;
  private readonly onFailed: (error: Error) => void;

  constructor(record: OutgoingRecord, bytes: number, onFailed: (error: Error) => void) {
    this.record = record;
    this.bytes = bytes;
    this.onFailed = onFailed;
  }

  toRecord(): OutgoingRecord {
    return this.record;
  }

  delivered(): void {}

  failed(error: Error): void {
    this.onFailed(error);
  }
}
