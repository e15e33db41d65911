/**
 * A client's share in what it has in common with others: the transport and the reply inbox.
 * Owns: when they are held. An idle client gives them back, and with them every socket; whoever works with them keeps
 * the same `transport` and `replies` over it.
 * Must not know: why they are taken and given back.
 */

import type { TransportLease } from '@trpc-kafka/core/internal';
import { acquireTransport, type KafkaSource, type Transport, within } from '@trpc-kafka/core/internal';
import {
  acquireReplyInbox,
  type ReplyInbox,
  type ReplyInboxFor,
  type ReplyInboxLease,
} from '../replies/reply-inbox.js';

/** A share that can be given back and taken again. After it was given back nothing can be written until it is taken. */
export interface ClientShare {
  readonly transport: Transport;
  readonly replies: ReplyInbox;
  /** Calls the listener with what is held, now and whenever the share is taken again; what it returns is called when that ends. */
  whileHeld(follow: Follower): void;
  /** Takes the share, unless it is held. Connects nothing. */
  take(): void;
  /**
   * Gives the share back when what was given to it was written, which nobody waits for any more: within a second.
   * It can be taken again at once.
   */
  giveBack(lastWrites: Promise<void>): Promise<void>;
}

/** What a client takes part in. */
export interface ClientShareOptions {
  readonly kafka: KafkaSource;
  readonly replies: ReplyInboxFor;
}

type Follower = (transport: Transport, replies: ReplyInbox) => () => void;

interface Held {
  readonly transport: TransportLease;
  readonly replies: ReplyInboxLease;
  readonly unfollow: (() => void)[];
}

/** What nobody waits for may take so long. */
const lastWritesMs = 1000;

/** Takes a share. @throws KafkaTransportError `INVALID_OPTION` when `kafka` cannot be used. */
export function createClientShare(options: ClientShareOptions): ClientShare {
  const followers: Follower[] = [];
  /** The one that is held, or was held last: what is late finds it closed. */
  let held = take();
  let isHeld = true;
  let returned: Promise<unknown> = Promise.resolve();

  function take(): Held {
    const transport = acquireTransport(options.kafka);
    const replies = acquireReplyInbox(transport, options.replies);
    return { transport, replies, unfollow: followers.map((follow) => follow(transport, replies)) };
  }

  return {
    transport: faceOfTransport(() => held.transport),
    replies: faceOfReplies(() => held.replies),
    whileHeld(follow) {
      followers.push(follow);
      if (isHeld) held.unfollow.push(follow(held.transport, held.replies));
    },
    take() {
      if (isHeld) return;
      held = take();
      isHeld = true;
    },
    async giveBack(lastWrites) {
      if (isHeld) {
        isHeld = false;
        for (const unfollow of held.unfollow) unfollow();
        returned = Promise.all([returned, release(held, lastWrites)]);
      }
      await returned;
    },
  };
}

async function release({ transport, replies }: Held, lastWrites: Promise<void>): Promise<void> {
  await within(
    lastWritesMs,
    lastWrites.then(() => transport.batcher.drain()),
  );
  await replies.release();
  await transport.release();
}

function faceOfTransport(current: () => Transport): Transport {
  return {
    get driver() {
      return current().driver;
    },
    batcher: {
      add: (entry) => current().batcher.add(entry),
      drain: () => current().batcher.drain(),
      queued: () => current().batcher.queued(),
    },
    directory: {
      known: (topic) => current().directory.known(topic),
      lookUp: (topic) => current().directory.lookUp(topic),
      learn: (topic, partitions) => current().directory.learn(topic, partitions),
    },
  };
}

function faceOfReplies(current: () => ReplyInbox): ReplyInbox {
  return {
    get inboxId() {
      return current().inboxId;
    },
    get calls() {
      return current().calls;
    },
    open: (mode) => current().open(mode),
    current: () => current().current(),
    interruption: () => current().interruption(),
    onInterruption: (listener) => current().onInterruption(listener),
    onServer: (listener) => current().onServer(listener),
    onStray: (listener) => current().onStray(listener),
  };
}
