/** What is known of a client, as a report. Pure. */
import type { HealthReason, HealthReport } from '@trpc-kafka/core';
import {
  closing,
  type InboxAddress,
  interruptedInbox,
  judgeProducer,
  type ProducerHealth,
  summarize,
} from '@trpc-kafka/core/internal';
import type { ConnectionState } from './client-connection.js';

/** What is known of a client. */
export interface ClientFacts {
  readonly service: string;
  readonly connection: ConnectionState;
  /** When the connection came into its state, or closing began. */
  readonly sinceMs: number;
  /** Why connecting failed last, or what stands in its way. */
  readonly lastError: Error | undefined;
  readonly started: boolean;
  /** It connects when it is used, and disconnects when it is not. */
  readonly lazy: boolean;
  readonly closing: 'draining' | 'closed' | undefined;
  readonly producer: ProducerHealth;
  /** Where replies are read, and why they are not. */
  readonly inbox: InboxAddress | undefined;
  readonly interruption: Error | undefined;
}

/** Judges a client. Nothing that becomes of it is cured by a restart: it goes on connecting by itself. */
export function judgeClient(facts: ClientFacts, nowMs: number): HealthReport {
  const { service, inbox, interruption, producer, started } = facts;
  const heldUp = judgeProducer(producer, nowMs);
  const reasons = facts.closing === undefined ? judgeOpen(facts, heldUp) : [judgeClosing(facts)];
  const state = interruption === undefined ? 'open' : 'interrupted';
  return summarize(
    { reasons, started, closing: facts.closing },
    {
      service,
      groups: [],
      inboxes: inbox === undefined ? [] : [{ topic: inbox.topic, partition: inbox.partition, state }],
      producer: heldUp !== undefined ? 'held up' : producer.connected ? 'connected' : 'unconnected',
    },
  );
}

function judgeClosing({ closing: phase, service, sinceMs }: ClientFacts): HealthReason {
  const name = `the client of service ${service}`;
  return phase === 'draining'
    ? closing('DRAINING', `${name} waits for the outcomes of what it sent, and takes no more calls`, sinceMs)
    : closing('CLOSED', `${name} is closed`, sinceMs);
}

function judgeOpen(facts: ClientFacts, heldUp: HealthReason | undefined): readonly HealthReason[] {
  const held = heldUp === undefined ? [] : [heldUp];
  const { interruption } = facts;
  switch (facts.connection.state) {
    case 'pending':
      return interruption === undefined
        ? held
        : [interruptedInbox(interruption.message, facts.sinceMs), ...held];
    case 'idle':
      return facts.lazy ? [idle(facts)] : [notConnected(facts)];
    case 'connecting':
      return [notConnected(facts), ...held];
  }
}

function idle({ service, sinceMs }: ClientFacts): HealthReason {
  return {
    code: 'IDLE',
    affects: 'nothing',
    message: `the client of service ${service} is lazy, and disconnected while nothing is under way`,
    cure: 'nothing: the next call connects it',
    sinceMs,
  };
}

function notConnected({ service, sinceMs, lastError, started }: ClientFacts): HealthReason {
  const name = `the client of service ${service}`;
  return {
    code: 'NOT_CONNECTED',
    affects: 'readiness',
    message: `${name} is ${started ? 'connecting again' : 'connecting'}${lastError === undefined ? '' : `: ${lastError.message}`}`,
    cure: 'it tries by itself until it succeeds; see whether brokers can be reached from here and whether the message names a topic or a right that is missing',
    sinceMs,
  };
}
