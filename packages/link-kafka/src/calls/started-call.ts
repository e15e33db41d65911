/** A call in the hands of the link that started it. */
import type { Credit } from '@trpc-kafka/core/internal';
import type { ReplyInbox } from '../replies/reply-inbox.js';
import type { ControlSender } from '../requests/control-sender.js';
import type { ServerStreams, ServerWatcher } from '../streams/server-streams.js';
import type { PendingCall } from './pending-call.js';

/** What a link may do with a call it started. */
export interface StartedCall {
  /** Nobody waits any more: forgets the call, and tells the server if it may know of it. */
  abandon(): void;
  /** The outcome arrived. */
  settle(): void;
  /** A stream has come of it: it is not among the calls that wait for their outcome any more. */
  begun(): void;
  /** Puts another deadline in the place of the call's own. */
  watch(ms: number, expired: () => void): void;
  /** Goes on without a deadline. */
  unwatch(): void;
  /** Lets the server send more of a stream. */
  grant(credit: Credit): void;
  /** Keeps up the lease of a stream that has started, and watches its server. */
  lease(watcher: ServerWatcher): void;
}

/** Who keeps the calls of a client: one for all of them. */
export interface CallKeeper {
  readonly parts: {
    readonly replies: ReplyInbox;
    readonly control: ControlSender;
    readonly streams: ServerStreams;
  };
  abandon(call: PendingCall): void;
  settle(call: PendingCall): void;
  begun(call: PendingCall): void;
}

/** Makes the handle of a call. */
export function createStartedCall(call: PendingCall, keeper: CallKeeper): StartedCall {
  return new StartedCallImpl(call, keeper);
}

/** A class, since every call and every open stream has one: methods that all of them share cost each nothing. */
class StartedCallImpl implements StartedCall {
  private readonly call: PendingCall;
  private readonly keeper: CallKeeper;

  constructor(call: PendingCall, keeper: CallKeeper) {
    this.call = call;
    this.keeper = keeper;
  }

  abandon(): void {
    this.keeper.abandon(this.call);
  }

  settle(): void {
    this.keeper.settle(this.call);
  }

  begun(): void {
    this.keeper.begun(this.call);
  }

  watch(ms: number, expired: () => void): void {
    this.keeper.parts.replies.calls.watch(this.call, Date.now() + ms, expired);
  }

  unwatch(): void {
    this.keeper.parts.replies.calls.unwatch(this.call);
  }

  grant(credit: Credit): void {
    this.keeper.parts.control.send({ kind: 'credit', id: this.call.id, credit }, this.call.server);
  }

  lease(watcher: ServerWatcher): void {
    this.keeper.parts.streams.opened(this.call, watcher);
  }
}
