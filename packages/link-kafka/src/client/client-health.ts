/**
 * How a client is, from what its connection, its inbox and its driver tell by themselves: nothing is asked of the brokers.
 * Owns: who is listened to, since when a state lasts. What it means is decided in judge-client.
 */
import type { HealthReport } from '@trpc-kafka/core';
import { noteRetry, type ProducerHealth, unconnectedProducer } from '@trpc-kafka/core/internal';
import type { ClientConnection, ConnectionState } from './client-connection.js';
import type { ClientShare } from './client-share.js';
import { judgeClient } from './judge-client.js';

/** The health of a client. */
export interface ClientHealth {
  report(): HealthReport;
  /** It closes, or is closed. */
  enter(phase: 'draining' | 'closed'): void;
}

/** What is listened to. */
export interface ClientHealthOptions {
  readonly service: string;
  readonly connection: Pick<ClientConnection, 'states' | 'lastError'>;
  readonly share: Pick<ClientShare, 'whileHeld' | 'replies'>;
  readonly lazy: boolean;
  readonly now?: () => number;
}

/** Follows a client. */
export function createClientHealth(options: ClientHealthOptions): ClientHealth {
  const { service, connection, share, lazy, now = Date.now } = options;
  let state: ConnectionState['state'] | undefined;
  let sinceMs = now();
  // A lazy one may never be used: nobody is to wait for that.
  let started = lazy;
  let producer: ProducerHealth = unconnectedProducer;
  let closing: 'draining' | 'closed' | undefined;

  connection.states.subscribe({
    next(next) {
      if (next.state !== state && closing === undefined) sinceMs = now();
      state = next.state;
      if (state !== 'pending') return;
      started = true;
      producer = { ...producer, connected: true };
    },
  });
  share.whileHeld(({ driver }) =>
    driver.on((event) => {
      if (event.type === 'produce-retried') producer = noteRetry(producer, now(), event.error);
    }),
  );

  return {
    report: () =>
      judgeClient(
        {
          service,
          connection: connection.states.get(),
          sinceMs,
          lastError: connection.lastError(),
          started,
          lazy,
          closing,
          producer,
          inbox: share.replies.current()?.address,
          interruption: share.replies.interruption(),
        },
        now(),
      ),
    enter(phase) {
      closing = phase;
      sinceMs = now();
    },
  };
}
