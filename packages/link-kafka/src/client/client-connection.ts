/** Connects a client and keeps trying: topics, producer, inbox. Calls wait here until their replies could be read. */

import { behaviorSubject } from '@trpc/server/observable';
import { type Clock, callUser, type Inbox } from '@trpc-kafka/core/internal';
import { defaultRetryDelayMs } from '../options.js';

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
  isOpen(): boolean;
  /** Why connecting failed last; of a first attempt that still goes on, what stands in its way. */
  lastError(): Error | undefined;
  /** Calls the waiter when the connection is open; begins to connect when it is not. */
  whenOpen(waiter: ConnectionWaiter): void;
  forget(waiter: ConnectionWaiter): void;
  /** The open connection lost its brokers and looks for them by itself; calls still wait for their replies. */
  interrupted(error: Error): void;
  /** It has found them, and connects again as at first: what connecting asks for may have changed. */
  recovered(): void;
  /** Resolves when open; rejects with what stands in the way when trying again cannot cure it. */
  ready(): Promise<void>;
  close(error: Error): void;
}

/** How to connect, and what to do when that fails. */
export interface ClientConnectionOptions {
  readonly connect: () => Promise<Inbox>;
  readonly retryDelayMs: (attemptIndex: number) => number;
  /** What stands in the way of an attempt that goes on, if that is known. */
  readonly obstacle: () => Error | undefined;
  readonly isHopeless: (error: Error) => boolean;
  readonly onOpen: () => void;
  readonly onFailed: (error: Error, retryInMs: number) => void;
  readonly clock: Clock;
}

/** Makes a connection that is not yet open. */
export function createClientConnection(options: ClientConnectionOptions): ClientConnection {
  const { clock } = options;
  const states = behaviorSubject<ConnectionState>({ state: 'idle' });
  const waiters = new Set<ConnectionWaiter>();
  let connecting = false;
  let open = false;
  /** Once open it stays so: calls can be written, or wait in the producer, while its brokers are away. */
  let away = false;
  let closed: Error | undefined;
  let lastError: Error | undefined;
  let attempt = 0;
  let timer: unknown;

  function settle(tell: (waiter: ConnectionWaiter) => void): void {
    const told = [...waiters];
    waiters.clear();
    for (const waiter of told) tell(waiter);
  }

  function connect(): void {
    if (connecting || closed !== undefined || states.get().state === 'pending') return;
    connecting = true;
    // A call does not wait for the next attempt; the attempt it begins takes that one's place.
    clock.clearTimeout(timer);
    if (states.get().state !== 'connecting') states.next({ state: 'connecting', error: lastError ?? null });
    options.connect().then(succeeded, failed);
  }

  function succeeded(): void {
    connecting = false;
    // Brokers that went away meanwhile: it is connected again when they are back.
    if (closed !== undefined || away) return;
    open = true;
    attempt = 0;
    lastError = undefined;
    states.next({ state: 'pending' });
    options.onOpen();
    settle((waiter) => waiter.opened());
  }

  /** A function of the user's that throws must not end the attempts. */
  function nextDelayMs(): number {
    try {
      return options.retryDelayMs(attempt++);
    } catch (error) {
      callUser(() => {
        throw error;
      });
      return defaultRetryDelayMs(attempt);
    }
  }

  function failed(error: Error): void {
    connecting = false;
    if (closed !== undefined) return;
    lastError = error;
    const retryInMs = nextDelayMs();
    states.next({ state: 'connecting', error });
    options.onFailed(error, retryInMs);
    if (options.isHopeless(error)) settle((waiter) => waiter.failed(error));
    timer = clock.setTimeout(connect, retryInMs);
  }

  return {
    states,
    isOpen: () => open,
    lastError: () => lastError ?? options.obstacle(),
    whenOpen(waiter) {
      if (closed !== undefined) {
        waiter.failed(closed);
        return;
      }
      if (open) {
        waiter.opened();
        return;
      }
      waiters.add(waiter);
      connect();
    },
    forget: (waiter) => waiters.delete(waiter),
    ready() {
      return new Promise((resolve, reject) => this.whenOpen({ opened: resolve, failed: reject }));
    },
    interrupted(error) {
      if (!open) return;
      away = true;
      lastError = error;
      states.next({ state: 'connecting', error });
    },
    recovered() {
      if (!away) return;
      away = false;
      connect();
    },
    close(error) {
      if (closed !== undefined) return;
      closed = error;
      open = false;
      clock.clearTimeout(timer);
      settle((waiter) => waiter.failed(error));
      states.next({ state: 'idle' });
    },
  };
}
