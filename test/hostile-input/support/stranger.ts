/** Somebody with WRITE on the topics and an inbox of his own: writes whatever he likes, and sees what is answered. */
import {
  acquireTransport,
  createCodecTable,
  createInboxId,
  formatSender,
  type InboxAddress,
  type Message,
  openInbox,
} from '@trpc-kafka/core/internal';
import type { CompressionTypes, IHeaders, Kafka } from 'kafkajs';
import { type Collector, createCollector } from '../../support/collector.ts';
import { msgpack } from '../../support/msgpack.ts';

/** A record as kafkajs writes it. */
export interface RawRecord {
  readonly topic: string;
  readonly partition?: number;
  readonly key?: string | Buffer;
  readonly value: string | Buffer | null;
  readonly headers?: IHeaders;
  readonly compression?: CompressionTypes;
}

export interface Stranger {
  readonly address: InboxAddress;
  /** The `trpc-kafka` header of somebody who can be answered. */
  readonly header: string;
  /** What came back. */
  readonly replies: Collector<Message>;
  /** The control inbox of the server that answered last. */
  readonly server: () => InboxAddress | undefined;
  /** Resolves with the record's offset when the brokers have it. */
  write(record: RawRecord): Promise<number>;
  close(): Promise<void>;
}

/** Opens an inbox in a reply topic of one partition, which must exist. */
export async function openStranger(kafka: Kafka, replyTopic: string): Promise<Stranger> {
  const transport = acquireTransport(kafka);
  const replies = createCollector<Message>();
  let server: InboxAddress | undefined;
  const inbox = openInbox({
    driver: transport.driver,
    topic: replyTopic,
    partitions: 1,
    inboxId: createInboxId(),
    from: { at: 'end' },
    codecs: createCodecTable([msgpack], 'codecs'),
    random: () => 0,
    resumeFromTimeMs: () => 0,
    onRecord: ({ facts, envelopes }) => {
      server = facts.replyTo;
      for (const envelope of envelopes) if (envelope.ok) replies.add(envelope.message);
    },
    onUnreadable: () => {},
  });
  const producer = kafka.producer();
  await Promise.all([inbox.ready, producer.connect()]);
  return {
    address: inbox.address,
    header: formatSender(inbox.address.inboxId, inbox.address),
    replies,
    server: () => server,
    async write({ topic, partition = 0, key = null, value, headers = {}, compression }) {
      const [written] = await producer.send({
        topic,
        messages: [{ partition, key, value, headers }],
        ...(compression === undefined ? {} : { compression }),
      });
      return Number(written?.baseOffset);
    },
    async close() {
      await producer.disconnect();
      await inbox.close();
      await transport.release();
    },
  };
}
