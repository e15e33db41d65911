/** Reads this server instance's control inbox: cancels and credit for calls it runs or may yet see, leases of its clients. */
import type { IncomingRecord, KafkaDriver, TransportLogger } from '@trpc-kafka/core';
import {
  type CodecTable,
  type Counters,
  type Inbox,
  openInbox,
  type ReceivedRecord,
} from '@trpc-kafka/core/internal';
import type { Dispatcher } from '../calls/dispatcher.js';
import { callKey } from '../calls/served-call.js';
import type { KafkaHandlerCounter, KafkaHandlerEvent } from '../options.js';
import type { ClientStreams } from '../streams/client-streams.js';

/** What a control consumer works with. */
export interface ControlConsumerOptions {
  readonly driver: KafkaDriver;
  readonly topic: string;
  readonly partitions: number;
  readonly inboxId: string;
  readonly codecs: CodecTable;
  readonly dispatcher: Dispatcher;
  readonly streams: ClientStreams;
  readonly counters: Counters<KafkaHandlerCounter>;
  readonly logger: TransportLogger;
  readonly emit: (event: KafkaHandlerEvent) => void;
}

/** How far back the inbox begins: a cancel written just before this instance started may be for a call it will read. */
const lookBackMs = 60_000;

/** Opens the control inbox. */
export function openControlConsumer(options: ControlConsumerOptions): Inbox {
  const { counters, dispatcher, logger, emit } = options;

  function receive(received: ReceivedRecord, record: IncomingRecord): void {
    const { from } = received.facts;
    options.streams.heard(from);
    for (const envelope of received.envelopes) {
      if (!envelope.ok) refuse(envelope.reason, record);
      else if (envelope.message.kind === 'cancel') dispatcher.cancel(callKey(from, envelope.message.id));
      else if (envelope.message.kind === 'credit') {
        dispatcher.grant(callKey(from, envelope.message.id), envelope.message.credit);
      } else if (envelope.message.kind !== 'lease') counters.add('unknownKinds');
    }
  }

  function refuse(reason: string, { topic, partition, offset }: IncomingRecord): void {
    counters.add('refused');
    logger.warn({ topic, partition, offset, reason }, 'a control record was refused');
    emit({ type: 'refused', error: new Error(reason), position: { topic, partition, offset } });
  }

  return openInbox({
    driver: options.driver,
    topic: options.topic,
    partitions: options.partitions,
    inboxId: options.inboxId,
    codecs: options.codecs,
    from: { at: 'time', timestampMs: Date.now() - lookBackMs },
    random: Math.random,
    resumeFromTimeMs: () => Date.now() - lookBackMs,
    onRecord: receive,
    onUnreadable: (error, record) => refuse(error.message, record),
  });
}
