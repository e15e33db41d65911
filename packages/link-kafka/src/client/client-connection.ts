/**
 * A client's connection: connects, connects anew after a loss, and keeps trying. Calls wait here until their replies
 * could be read.
 * Owns: the states, the back-off, who waits. Must not know: what connecting is, Kafka.
 */
import { behaviorSubject } from '@trpc/server/observable';
import { type Clock, outsideOfCalls } from '@trpc-kafka/core/internal';

/** What is known of a client's connection; the words are tRPC's. */
export type ConnectionState =
  | { readonly state: 'connecting'; readonly error: Error | null }
  | { readonly state: 'pending' }
  | { readonly state: 'idle' };

/** What waits for the connection. */
export interface ConnectionWaiter {
  opened(): void;
  /** Only for errors that trying again cannot cure. */
  failed(error: Error): void;
}

/** A client's connection. */
export interface ClientConnection {
  readonly states: ReturnType<typeof behaviorSubject<ConnectionState>>;
  /** True from the first connection on, also while brokers are away: calls can be written, or wait in the producer. */
  isOpen(): boolean;
  /** Why connecting failed last; of a first attempt that still goes on, what stands in its way. */
  lastError(): Error | undefined;
  /** Calls the waiter when the connection is open; begins to connect when it is not. */
  whenOpen(waiter: ConnectionWaiter): void;
  forget(waiter: ConnectionWaiter): void;
  /** Replies cannot be read any more. The driver looks for its brokers by itself; calls still wait for their replies. */
  lost(error: Error): void;
  /** Replies can be read again. */
  returned(): void;
  /** Resolves when open; rejects with what stands in the way when trying again cannot cure it. */
  ready(): Promise<void>;
  /** Lets go of the brokers until something waits for them again. */
  disconnect(): void;
  close(error: Error): void;
}

/** How to connect, and whom to tell. */
export interface ClientConnectionOptions<TConnected> {
  /** One attempt. Aborted when nobody wants it any more; its outcome is then dropped. */
  readonly connect: (signal: AbortSignal) => Promise<TConnected>;
  /** Does not throw. */
  readonly retryDelayMs: (attemptIndex: number) => number;
  /** Why replies cannot be read right now, if that is so. */
  readonly interruption: () => Error | undefined;
  /** What stands in the way of an attempt that goes on, if that is known. */
  readonly obstacle: () => Error | undefined;
  readonly isHopeless: (error: Error) => boolean;
  readonly onOpen: (connected: TConnected) => void;
  /** Follows each `onOpen` once: with the cause when the connection was lost. */
  readonly onClose: (cause: Error | undefined) => void;
  readonly onFailed: (error: Error, retryInMs: number) => void;
  readonly clock: Clock;
}

/** A call that is made between two attempts hurries the next one, but not nearer to the last than this. */
const hurriedPauseMs = 1000;

/** Makes a connection that is not yet open. */
export function createClientConnection<TConnected>(
  options: ClientConnectionOptions<TConnected>,
): ClientConnection {
  return new ClientConnectionImpl(options);
}

class ClientConnectionImpl<TConnected> implements ClientConnection {
  readonly states: ClientConnection['states'] = behaviorSubject<ConnectionState>({ state: 'idle' });
  private readonly options: ClientConnectionOptions<TConnected>;
  private readonly waiters = new Set<ConnectionWaiter>();
  private usable = false;
  private attempt: AbortController | undefined = undefined;
  /** Attempts that failed since the connection was open, or lost, or its brokers came back. */
  private failures = 0;
  private timer: unknown = undefined;
  private dueMs = 0;
  private failedMs = 0;
  private failure: Error | undefined = undefined;
  private closed: Error | undefined = undefined;

  constructor(options: ClientConnectionOptions<TConnected>) {
    this.options = options;
  }

  isOpen(): boolean {
    return this.usable;
  }

  lastError(): Error | undefined {
    return this.failure ?? (this.usable ? undefined : this.options.obstacle());
  }

  whenOpen(waiter: ConnectionWaiter): void {
    if (this.closed !== undefined) {
      waiter.failed(this.closed);
      return;
    }
    if (this.usable) {
      waiter.opened();
      return;
    }
    this.waiters.add(waiter);
    if (this.attempt !== undefined) return;
    if (this.timer === undefined) this.connect();
    else this.hasten(this.failedMs + hurriedPauseMs);
  }

  forget(waiter: ConnectionWaiter): void {
    this.waiters.delete(waiter);
  }

  ready(): Promise<void> {
    return new Promise((resolve, reject) => this.whenOpen({ opened: resolve, failed: reject }));
  }

  /**
   * Connecting anew is not what brings the data back: the driver goes on from its own next offset, at its own pace.
   * It is what asks for `connectionParams` and topics again, and ends with `pending`. Attempts wait for the driver to
   * read again, so that with the default back-off (0 at first) a fail-over is over as soon as the driver has found it.
   */
  lost(error: Error): void {
    if (!this.isUp()) {
      // Another cause of the same loss.
      if (this.usable) this.failure = error;
      return;
    }
    this.failure = error;
    this.restart();
    this.states.next({ state: 'connecting', error });
    this.options.onClose(error);
  }

  /**
   * Attempts that failed while the brokers were away say nothing about the next one: the back-off begins anew. So
   * `retryDelayMs(0)` says how much clients that lost the same brokers are to be spread.
   */
  returned(): void {
    if (this.timer !== undefined) this.restart();
  }

  close(error: Error): void {
    if (this.closed !== undefined) return;
    this.closed = error;
    this.disconnect();
    this.settle((waiter) => waiter.failed(error));
  }

  disconnect(): void {
    const wasUp = this.isUp();
    this.usable = false;
    this.failures = 0;
    this.failure = undefined;
    this.attempt?.abort(this.closed);
    this.attempt = undefined;
    this.stopTimer();
    if (this.states.get().state !== 'idle') this.states.next({ state: 'idle' });
    if (wasUp) this.options.onClose(undefined);
  }

  private isUp(): boolean {
    return this.states.get().state === 'pending';
  }

  private connect(): void {
    const attempt = new AbortController();
    this.attempt = attempt;
    this.stopTimer();
    if (this.states.get().state !== 'connecting') {
      this.states.next({ state: 'connecting', error: this.failure ?? null });
    }
    // What is opened now serves all calls: it must not take itself for a part of the one that was first.
    outsideOfCalls(() => this.options.connect(attempt.signal)).then(
      (connected) => {
        if (this.attempt === attempt) this.succeeded(connected);
      },
      (error: Error) => {
        if (this.attempt === attempt) this.failed(error);
      },
    );
  }

  private succeeded(connected: TConnected): void {
    // Lost while `connectionParams` were awaited.
    const interruption = this.options.interruption();
    if (interruption !== undefined) {
      this.failed(interruption);
      return;
    }
    this.attempt = undefined;
    this.usable = true;
    this.failures = 0;
    this.failure = undefined;
    this.states.next({ state: 'pending' });
    this.options.onOpen(connected);
    this.settle((waiter) => waiter.opened());
  }

  private failed(error: Error): void {
    this.attempt = undefined;
    this.failure = error;
    this.failedMs = this.options.clock.now();
    const retryInMs = this.options.retryDelayMs(this.failures++);
    // Before anyone is told, who may make a call or close the client.
    this.hasten(this.failedMs + retryInMs);
    this.states.next({ state: 'connecting', error });
    this.options.onFailed(error, retryInMs);
    if (this.options.isHopeless(error)) this.settle((waiter) => waiter.failed(error));
  }

  /** The back-off from its beginning; an attempt that is due before keeps its time. */
  private restart(): void {
    this.failures = 0;
    this.hasten(this.options.clock.now() + this.options.retryDelayMs(this.failures++));
  }

  /** Sets the time of the next attempt, unless it is due before. */
  private hasten(atMs: number): void {
    if (this.timer !== undefined && this.dueMs <= atMs) return;
    this.stopTimer();
    this.dueMs = atMs;
    const { clock } = this.options;
    this.timer = clock.setTimeout(() => this.connect(), Math.max(0, atMs - clock.now()));
  }

  private stopTimer(): void {
    if (this.timer === undefined) return;
    this.options.clock.clearTimeout(this.timer);
    this.timer = undefined;
  }

  private settle(tell: (waiter: ConnectionWaiter) => void): void {
    const told = [...this.waiters];
    this.waiters.clear();
    for (const waiter of told) tell(waiter);
  }
}
