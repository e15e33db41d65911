/** The inbox a process reads its replies from: one per reply topic and transport, shared by the clients of all services. */
import { type DriverEvent, KafkaTransportError, type RecordCodec } from '@trpc-kafka/core';
import {
  addresseeHeader,
  type CodecTable,
  createEventHub,
  createInboxId,
  ensureTopics,
  type Inbox,
  type InboxAddress,
  type InboxOptions,
  type IncomingRecord,
  lastHeader,
  type Message,
  openInbox,
  type ReceivedRecord,
  type RefusedEnvelope,
  type ReplyMessage,
  type ServerNotice,
  senderOf,
  type TopicSettings,
  type TopicsMode,
  type TransportLease,
} from '@trpc-kafka/core/internal';
import type { ReplySource } from '../calls/awaited-call.js';
import { createPendingCalls, type PendingCalls } from '../calls/pending-calls.js';

/** The inbox that a client's replies are read from. */
export interface ReplyInbox {
  readonly inboxId: string;
  readonly calls: PendingCalls;
  /** Resolves with the inbox once a record written from now on is read. Rejects with what stood in the way; call again to retry. */
  open(mode: TopicsMode): Promise<Inbox>;
  /** The open inbox, `undefined` until then. */
  current(): Inbox | undefined;
  /** Why its brokers cannot be read from right now, if that is so; it looks for them by itself. */
  interruption(): Error | undefined;
  /** Calls the listener when that changes; returns the remover. */
  onInterruption(listener: (error: Error | undefined) => void): () => void;
  /** Told of every record that a server wrote to this inbox. */
  onServer(listener: ServerListener): () => void;
  /** Told of every reply that no call waits for, and of records that cannot be read. */
  onStray(listener: StrayListener): () => void;
}

/** A share in a reply inbox, held until released. */
export interface ReplyInboxLease extends ReplyInbox {
  readonly release: () => Promise<void>;
}

/** Hears of servers, by their inbox id. */
export interface ServerListener {
  heard(inboxId: string): void;
  /** It is about to close. */
  leaving(inboxId: string): void;
}

/** What arrived and belongs to nobody. */
export type StrayReply = {
  readonly reason: 'late' | 'unreadable' | 'unexpected';
  readonly record: IncomingRecord;
  readonly detail: string;
  /** Of a late reply: what came, and who wrote it. */
  readonly late?: { readonly message: ReplyMessage; readonly server: InboxAddress | undefined };
};
type StrayListener = (stray: StrayReply) => void;

/** What an inbox is for. */
export interface ReplyInboxFor {
  readonly topic: TopicSettings;
  /** Clients with different codecs have inboxes of their own: their codecs may have one name. */
  readonly codec: RecordCodec | undefined;
  /** JSON, and that codec. */
  readonly codecs: CodecTable;
}

interface SharedInbox extends ReplyInbox {
  readonly purpose: ReplyInboxFor;
  close(): Promise<void>;
  holders: number;
}

const inboxes = new WeakMap<TransportLease['driver'], Set<SharedInbox>>();

/** Takes a share in the inbox on a reply topic. */
export function acquireReplyInbox(transport: TransportLease, purpose: ReplyInboxFor): ReplyInboxLease {
  let open = inboxes.get(transport.driver);
  if (open === undefined) {
    open = new Set();
    inboxes.set(transport.driver, open);
  }
  let shared = [...open].find((one) => serves(one, purpose));
  if (shared === undefined) {
    shared = createSharedInbox(transport, purpose);
    open.add(shared);
  }
  return holdInbox(shared, open);
}

function serves(inbox: SharedInbox, { topic, codec }: ReplyInboxFor): boolean {
  return inbox.purpose.topic.topic === topic.topic && inbox.purpose.codec === codec;
}

function holdInbox(shared: SharedInbox, open: Set<SharedInbox>): ReplyInboxLease {
  shared.holders++;
  let held = true;
  return {
    ...shared,
    async release() {
      if (!held) return;
      held = false;
      if (--shared.holders > 0) return;
      open.delete(shared);
      await shared.close();
    },
  };
}

function createSharedInbox(transport: TransportLease, purpose: ReplyInboxFor): SharedInbox {
  const { topic, codecs } = purpose;
  const inboxId = createInboxId();
  const calls = createPendingCalls();
  const strays = new Set<StrayListener>();
  const interruptions = createEventHub<Error | undefined>();
  let interruption: Error | undefined;
  const servers = new Set<ServerListener>();
  let opening: Promise<Inbox> | undefined;
  let opened: Inbox | undefined;
  let isReady = false;
  let isClosed = false;

  const tell = (stray: StrayReply): void => {
    for (const listener of strays) listener(stray);
  };

  function setInterruption(error: Error | undefined): void {
    if (error === interruption) return;
    interruption = error;
    interruptions.emit(error);
  }

  const stopFollowing = transport.driver.on((event) => {
    const address = opened?.address;
    if (!isOfInbox(event) || event.topic !== address?.topic || event.partition !== address.partition) return;
    setInterruption(event.type === 'inbox-interrupted' ? event.error : undefined);
  });

  async function openNow(mode: TopicsMode): Promise<Inbox> {
    const found = await ensureTopics(transport.driver, [topic], mode);
    if (isClosed) throw closedWhileOpening();
    const partitions = found.get(topic.topic)?.partitions ?? topic.partitions;
    opened = openInbox({
      driver: transport.driver,
      topic: topic.topic,
      partitions,
      inboxId,
      codecs,
      ...inboxCallbacks({ inboxId, calls, tell, servers }),
    });
    try {
      await opened.ready;
    } catch (error) {
      await opened.close();
      opened = undefined;
      setInterruption(undefined);
      throw error;
    }
    isReady = true;
    return opened;
  }

  return {
    purpose,
    inboxId,
    calls,
    holders: 0,
    current: () => (isReady ? opened : undefined),
    interruption: () => interruption,
    onInterruption: interruptions.on,
    async open(mode) {
      opening ??= openNow(mode).catch((error: unknown) => {
        opening = undefined;
        throw error;
      });
      const inbox = await opening;
      // Brokers may come back without the topic, as those of a development machine that keep nothing.
      if (interruption !== undefined) await ensureTopics(transport.driver, [topic], mode);
      return inbox;
    },
    onServer(listener) {
      servers.add(listener);
      return () => servers.delete(listener);
    },
    onStray(listener) {
      strays.add(listener);
      return () => strays.delete(listener);
    },
    async close() {
      isClosed = true;
      stopFollowing();
      calls.close();
      await opened?.close();
    },
  };
}

/** What the driver says of how an inbox is read. */
type InboxEvent = Extract<DriverEvent, { type: 'inbox-opened' | 'inbox-interrupted' | 'inbox-recovered' }>;

function isOfInbox(event: DriverEvent): event is InboxEvent {
  const { type } = event;
  return type === 'inbox-opened' || type === 'inbox-interrupted' || type === 'inbox-recovered';
}

type InboxCallbacks = Pick<
  InboxOptions,
  'from' | 'random' | 'resumeFromTimeMs' | 'onRecord' | 'onUnreadable'
>;

/** Who is told of what arrives. */
interface Receivers {
  readonly inboxId: string;
  readonly calls: PendingCalls;
  readonly servers: ReadonlySet<ServerListener>;
  readonly tell: (stray: StrayReply) => void;
}

function inboxCallbacks(receivers: Receivers): InboxCallbacks {
  const { calls } = receivers;
  return {
    from: { at: 'end' },
    random: Math.random,
    // Replies cannot be older than the oldest call that waits for one; a second covers clocks that differ.
    resumeFromTimeMs: () => (calls.oldestSentMs() ?? Date.now()) - 1000,
    onRecord: (received, record) => deliver(receivers, received, record),
    onUnreadable: (error, record) => refuse(receivers, error, record),
  };
}

function closedWhileOpening(): KafkaTransportError {
  return new KafkaTransportError({
    code: 'CLIENT_CLOSED',
    message: 'the client was closed while its inbox was being opened',
  });
}

function deliver(receivers: Receivers, received: ReceivedRecord, record: IncomingRecord): void {
  const { servers, tell } = receivers;
  const { topic, partition, offset } = record;
  if (received.to === undefined) {
    // An id names a call only together with its inbox, and knowing the inbox's id is the right to answer.
    tell({ reason: 'unexpected', record, detail: 'a reply that names no inbox answers no call' });
    return;
  }
  const { from, replyTo } = received.facts;
  for (const listener of servers) listener.heard(from);
  const source: ReplySource = { position: { topic, partition, offset }, server: replyTo };
  for (const envelope of received.envelopes) {
    if (!envelope.ok) failCall(receivers, envelope, { record, source });
    else if (isNotice(envelope.message)) {
      // A heartbeat has done its work by being heard.
      if (envelope.message.kind === 'go-away') for (const listener of servers) listener.leaving(from);
    } else if (isReply(envelope.message)) {
      if (!receivers.calls.deliver(envelope.message, source))
        tell(lateReply(envelope.message, source, record));
    } else {
      tell({ reason: 'unexpected', record, detail: `a ${envelope.message.kind} is for servers` });
    }
  }
}

function failCall(
  { calls, tell }: Receivers,
  { id, reason }: RefusedEnvelope,
  { record, source }: { readonly record: IncomingRecord; readonly source: ReplySource },
): void {
  const call = id === undefined ? undefined : calls.get(id);
  call?.unreadable(unreadableReply(reason, record), source);
  tell({ reason: 'unreadable', record, detail: reason });
}

function lateReply(message: ReplyMessage, { server }: ReplySource, record: IncomingRecord): StrayReply {
  const detail = `no call waits for ${message.kind} ${message.id}`;
  return { reason: 'late', record, detail, late: { message, server } };
}

/** A record that cannot be read may still name the call it answers: better a clear error than a timeout. */
function refuse({ calls, inboxId, tell }: Receivers, error: Error, record: IncomingRecord): void {
  const { headers, topic, partition, offset } = record;
  const isMine = lastHeader(headers, addresseeHeader)?.toString() === inboxId;
  const sender = isMine ? senderOf(headers) : undefined;
  const call = sender?.id === undefined ? undefined : calls.get(sender.id);
  const source = { position: { topic, partition, offset }, server: sender?.replyTo };
  call?.unreadable(unreadableReply(error.message, record), source);
  tell({ reason: 'unreadable', record, detail: error.message });
}

function unreadableReply(reason: string, record: IncomingRecord): KafkaTransportError {
  return new KafkaTransportError({
    code: 'PARSE_ERROR',
    // Begins with tRPC's words for it, which users may look for (server/src/unstable-core-do-not-import/transformer.ts).
    message: `Unable to transform response from server: the reply at ${record.topic}[${record.partition}] offset ${record.offset} cannot be read: ${reason}`,
  });
}

function isNotice(message: Message): message is ServerNotice {
  return message.kind === 'heartbeat' || message.kind === 'go-away';
}

function isReply(message: Exclude<Message, ServerNotice>): message is ReplyMessage {
  const { kind } = message;
  return kind !== 'call' && kind !== 'cancel' && kind !== 'credit' && kind !== 'lease' && kind !== 'hello';
}
