/** Reads this server instance's control inbox: cancels and credit for calls it runs or may yet see, leases of its clients, questions to every instance. */
import type { IncomingRecord, KafkaDriver, KafkaTransportError, TransportLogger } from '@trpc-kafka/core';
import {
  type CodecTable,
  type Counters,
  type DecodedEnvelope,
  type Inbox,
  type Message,
  openInbox,
  type ReceivedRecord,
} from '@trpc-kafka/core/internal';
import type { Dispatcher } from '../calls/dispatcher.js';
import { callKey } from '../calls/served-call.js';
import type { KafkaHandlerCounter, KafkaHandlerEvent } from '../options.js';
import type { ClientStreams } from '../streams/client-streams.js';
import type { Discovery } from './discovery.js';
import type { GatherIntake } from './gather-intake.js';

/** What a control consumer works with. */
export interface ControlConsumerOptions {
  readonly driver: Pick<KafkaDriver, 'openInbox'>;
  readonly topic: string;
  readonly partitions: number;
  readonly inboxId: string;
  readonly codecs: CodecTable;
  readonly dispatcher: Dispatcher;
  readonly gathers: GatherIntake;
  /** `undefined` when nobody is to be told of this instance. */
  readonly discovery: Discovery | undefined;
  readonly streams: ClientStreams;
  readonly counters: Counters<KafkaHandlerCounter>;
  readonly logger: TransportLogger;
  readonly emit: (event: KafkaHandlerEvent) => void;
}

/** How far back the inbox begins: a cancel written just before this instance started may be for a call it will read. */
const lookBackMs = 60_000;

/** Opens the control inbox. */
export function openControlConsumer(options: ControlConsumerOptions): Inbox {
  const { counters, dispatcher, gathers, logger, emit } = options;

  function receive(received: ReceivedRecord, record: IncomingRecord): void {
    options.streams.heard(received.facts.from);
    const calls: DecodedEnvelope[] = [];
    for (const envelope of received.envelopes) {
      if (!envelope.ok) refuse(envelope.reason, record);
      if (isCallToAll(envelope)) calls.push(envelope);
      else if (envelope.ok) obey(envelope.message, received, record);
    }
    if (calls.length > 0) gathers.receive(record, { ...received, envelopes: calls });
  }

  function obey(
    message: Message,
    { facts: { from, replyTo } }: ReceivedRecord,
    record: IncomingRecord,
  ): void {
    if (message.kind === 'cancel') cancel(callKey(from, message.id));
    else if (message.kind === 'credit') dispatcher.grant(callKey(from, message.id), message.credit);
    else if (message.kind === 'hello') options.discovery?.answer(message, record, replyTo);
    // A lease has done its work by being heard.
    else if (message.kind !== 'lease') counters.add('unknownKinds');
  }

  function cancel(key: string): void {
    if (!gathers.cancel(key)) dispatcher.cancel(key);
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
    onUnreadable(error, record) {
      refuse(error.message, record);
      gathers.unreadable(record, error as KafkaTransportError);
    },
  });
}

/** Also one that is refused: somebody waits for an answer. */
function isCallToAll(envelope: DecodedEnvelope): boolean {
  if (!envelope.ok) return envelope.call;
  return envelope.message.kind === 'call' && envelope.message.gather === true;
}
