/**
 * Inbox: one partition of a reply or control topic, read by one instance without a consumer group.
 * Owns: the instance's inbox id, the choice of its partition, the filter by addressee.
 * Must not know: calls, streams, tRPC. The address it announces is the only truth about where it reads.
 */
import type { InboxConsumer, InboxStart } from '../driver/inbox-consumer.js';
import type { KafkaDriver } from '../driver/kafka-driver.js';
import type { FetchedRecords, IncomingRecord } from '../driver/record.js';
import type { CodecTable } from '../protocol/codec-table.js';
import type { InboxAddress } from '../protocol/inbox-address.js';
import { isForOthers, type ReceivedRecord, readRecord } from '../protocol/read-record.js';
import { createRecordTurns } from './record-turns.js';

/** How an inbox is opened. */
export interface InboxOptions {
  readonly driver: Pick<KafkaDriver, 'openInbox'>;
  readonly topic: string;
  /** How many partitions the topic has; one of them is chosen. */
  readonly partitions: number;
  readonly inboxId: string;
  readonly from: InboxStart;
  /** What is read. @default JSON */
  readonly codecs?: CodecTable;
  /** A number from 0 up to, not including, 1. */
  readonly random: () => number;
  /** Receives the records for this inbox, and those for every inbox of the topic. Must not throw. */
  readonly onRecord: (received: ReceivedRecord, record: IncomingRecord) => void;
  /** Told of records for this inbox, or for no one in particular, that cannot be read. */
  readonly onUnreadable: (error: Error, record: IncomingRecord) => void;
  /** See `InboxConsumerOptions`. */
  readonly resumeFromTimeMs: () => number;
}

/** An open inbox. */
export interface Inbox {
  readonly address: InboxAddress;
  /** Resolves when its position is known: a record written from now on is read. */
  readonly ready: Promise<number>;
  /** How many records were read, and how many of them were for this inbox: the cost of sharing a partition. */
  traffic(): { readonly read: number; readonly mine: number };
  isCaughtUp(): boolean;
  close(): Promise<void>;
}

/** Opens an inbox on one partition of a topic. */
export function openInbox(options: InboxOptions): Inbox {
  const { driver, topic, inboxId, codecs } = options;
  const partition = Math.floor(options.random() * options.partitions);
  let read = 0;
  let mine = 0;

  function isMine({ headers }: IncomingRecord): boolean {
    read++;
    if (isForOthers(headers, inboxId)) return false;
    mine++;
    return true;
  }

  function receive(record: IncomingRecord): void {
    let received: ReceivedRecord;
    try {
      received = readRecord(record, codecs);
    } catch (error) {
      options.onUnreadable(error as Error, record);
      return;
    }
    options.onRecord(received, record);
  }

  const turns = createRecordTurns({ deliver: receive });
  const consumer: InboxConsumer = driver.openInbox({
    topic,
    partition,
    from: options.from,
    resumeFromTimeMs: options.resumeFromTimeMs,
    onRecords: (fetched: FetchedRecords) => turns.take(fetched.records.filter(isMine)),
  });
  return {
    address: { topic, partition, inboxId },
    ready: consumer.ready,
    traffic: () => ({ read, mine }),
    isCaughtUp: () => consumer.isCaughtUp() && turns.isDone(),
    close() {
      turns.close();
      return consumer.close();
    },
  };
}
