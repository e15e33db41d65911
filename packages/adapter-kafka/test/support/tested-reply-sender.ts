/** A reply sender to be tested without brokers: the test forms batches, and says what becomes of them. */
import type { OutgoingRecord, RecordInterceptor } from '@trpc-kafka/core';
import { defineKafkaService } from '@trpc-kafka/core';
import {
  type BatchEntry,
  type CallMessage,
  type Counters,
  createCounters,
  createPartitionDirectory,
  type InboxAddress,
} from '@trpc-kafka/core/internal';
import type { ServedCall } from '../../src/calls/served-call.js';
import { handlerCounterNames, type KafkaHandlerCounter } from '../../src/options.js';
import { createReplyPolicy } from '../../src/replies/reply-policy.js';
import {
  createReplySender,
  type ReplySender,
  type ReplySenderOptions,
} from '../../src/replies/reply-sender.js';
import { createServedCall } from './served-call.js';

const service = defineKafkaService({ name: 'flights' });
/** Where replies go, unless the test says otherwise. */
export const inbox: InboxAddress = { topic: 'checkout.replies', partition: 0, inboxId: 'A'.repeat(22) };

/** What a test says of its sender. */
export interface ReplySenderHarness {
  readonly interceptors?: readonly RecordInterceptor[];
  readonly countPartitions?: () => Promise<number | undefined>;
  readonly isKnown?: boolean;
  readonly onUnwritten?: ReplySenderOptions['onUnwritten'];
}

/** A batch that was formed. */
interface FormedRecord {
  readonly record: OutgoingRecord;
  /** The calls that it answers. */
  readonly ids: readonly number[];
}

/** A reply sender and what a test does to it. */
export interface TestedReplySender {
  readonly sender: ReplySender;
  /** What `onError` was told. */
  readonly refused: readonly string[];
  readonly logged: readonly string[];
  readonly entries: readonly BatchEntry[];
  readonly counters: Counters<KafkaHandlerCounter>;
  /** The paths of what was not written. */
  readonly failed: readonly string[];
  readonly unwritten: readonly string[];
  /** Answers a call. */
  readonly reply: (id: number, to?: InboxAddress) => void;
  /** Sends an item of a stream. */
  readonly item: (id: number, seq: number) => void;
  readonly send: (call: ServedCall, seq?: number) => void;
  /** The brokers refuse the next batch. */
  readonly refuse: (error: Error) => void;
  /** The brokers take the next batch. */
  readonly deliver: () => void;
  /** The records of the next batch. */
  readonly form: () => readonly FormedRecord[];
}

/** A reply sender whose batches are formed when the test says so. */
export function createReplySenderHarness(options: ReplySenderHarness = {}): TestedReplySender {
  const { interceptors = [], countPartitions = () => Promise.resolve(12), isKnown = true } = options;
  const directory = createPartitionDirectory({ driver: { countPartitions }, now: Date.now });
  if (isKnown) directory.learn(inbox.topic, 12);
  const entries: BatchEntry[] = [];
  const refused: string[] = [];
  const logged: string[] = [];
  const failed: string[] = [];
  const unwritten: string[] = [];
  const counters = createCounters(handlerCounterNames);
  const sender = createReplySender({
    batcher: { add: (entry) => void entries.push(entry), drain: () => Promise.resolve(), queued: () => 0 },
    policy: createReplyPolicy({ service, directory, allowedReplyTopics: undefined }),
    interceptors,
    maxMessageBytes: 10_000,
    sender: (codec) => `1;${codec}`,
    counters,
    logger: { debug() {}, info() {}, warn() {}, error: (_fields, message) => void logged.push(message) },
    emit: (event) => void (event.type === 'reply-failed' && failed.push(event.path)),
    onUnwritten(call, seq, error) {
      unwritten.push(`${call.message.id} ${seq} ${error.message.split(':')[0]}`);
      options.onUnwritten?.(call, seq, error);
    },
    reporter: {
      report: ({ error }) => void refused.push(error.message),
      shapeOf() {
        throw new Error('not asked here');
      },
    },
  });
  function send(call: ServedCall, seq?: number, to: InboxAddress = inbox): void {
    const item = seq === undefined ? {} : { seq, sentBytes: 0 };
    sender.send(to, { kind: 'data', id: call.message.id, data: 'x', ...item }, call);
  }

  /** What the brokers get of the next batch. */
  function formed(): readonly { entry: BatchEntry; record: OutgoingRecord }[] {
    return entries.splice(0).map((entry) => ({ entry, record: entry.toRecord({ partitionFor: () => 0 })! }));
  }

  return {
    sender,
    refused,
    logged,
    entries,
    counters,
    failed,
    unwritten,
    reply: (id, to) => send(callOf(id), undefined, to),
    item: (id, seq) => send(callOf(id), seq),
    send,
    refuse(error) {
      for (const { entry } of formed()) entry.failed(error);
    },
    deliver() {
      for (const { entry, record } of formed())
        entry.delivered({ topic: record.topic, partition: record.partition, offset: 0 });
    },
    form: () =>
      formed().map(({ record }) => {
        const value = JSON.parse(String(record.value)) as { id: number } | { id: number }[];
        return { record, ids: [value].flat().map(({ id }) => id) };
      }),
  };
}

/** A call whose record has nobody who waits for it, unless the test does. */
export function callOf(id: number, onSettled?: () => void): ServedCall {
  const message: CallMessage = { kind: 'call', id, method: 'query', path: `p${id}`, input: 1 };
  return createServedCall({ message, replyTo: inbox, ...(onSettled === undefined ? {} : { onSettled }) });
}
