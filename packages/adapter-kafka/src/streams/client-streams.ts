/**
 * Streams: the open streams of this server instance by the client that reads them.
 * Owns: leases (a client that is not heard from loses its streams), heartbeats, go-away. Must not know: what streams carry.
 */
import type { TransportLogger } from '@trpc-kafka/core';
import {
  type Counters,
  createPulse,
  createPulseTimer,
  defaultLeaseMs,
  type InboxAddress,
  type PassedTime,
  type Pulse,
  type ServerNotice,
} from '@trpc-kafka/core/internal';
import type { ServedCall } from '../calls/served-call.js';
import type { KafkaHandlerCounter, KafkaHandlerEvent } from '../options.js';

/** The streams of a server instance. */
export interface ClientStreams {
  /** A stream has started. One whose call asked for no lease is left alone. */
  opened(call: ServedCall): StreamLease;
  /** A control record of this client's inbox was read. */
  heard(inboxId: string): void;
  /** Asks all clients, and those whose streams start from now on, to open their streams elsewhere. */
  goAway(): void;
  close(): void;
}

/** The lease of a client, which all its streams share. */
export interface StreamLease {
  /** Something was sent on one of them: for a while, no heartbeat is needed. */
  spoke(): void;
  /** A stream needs it no longer. */
  leave(call: ServedCall): void;
}

/** What client streams work with. */
export interface ClientStreamsOptions {
  /** True when all that clients wrote to this instance has been read. */
  readonly isCaughtUp: () => boolean;
  readonly notify: (to: InboxAddress, notice: ServerNotice) => void;
  readonly counters: Counters<KafkaHandlerCounter>;
  readonly logger: TransportLogger;
  readonly emit: (event: KafkaHandlerEvent) => void;
}

interface Client extends StreamLease {
  readonly address: InboxAddress;
  /** Two clients of one process may share their inbox and differ in this: each is heard as it asked, and hears as it needs. */
  shortestMs: number;
  longestMs: number;
  pulse: Pulse;
  readonly streams: Set<ServedCall>;
}

/** Shorter leases would end streams for a pause of the garbage collector. */
const minLeaseMs = 500;
/** A server is heard so often within a lease that one heartbeat may come late. */
const heartbeatsPerLease = 3;

const noLease: StreamLease = { spoke() {}, leave() {} };

function pulseFor(shortestMs: number, longestMs: number): Pulse {
  return createPulse({ speakEveryMs: shortestMs / heartbeatsPerLease, lostAfterMs: longestMs });
}

/** Makes the table. */
export function createClientStreams(options: ClientStreamsOptions): ClientStreams {
  const clients = new Map<string, Client>();
  let leaving = false;
  const timer = createPulseTimer({ isCaughtUp: options.isCaughtUp, onBeat });

  function onBeat(passed: PassedTime): void {
    for (const client of clients.values()) {
      const verdict = client.pulse.beat(passed);
      if (verdict === 'speak') options.notify(client.address, { kind: 'heartbeat' });
      else if (verdict === 'lost') lose(client);
    }
  }

  /** The end of each stream is told all the same: a client that was only away opens them anew as soon as it reads that. */
  function lose({ address, streams }: Client): void {
    clients.delete(address.inboxId);
    options.counters.add('clientsLost');
    options.emit({ type: 'client-lost', inboxId: address.inboxId, streams: streams.size });
    options.logger.warn(
      { topic: address.topic, partition: address.partition, streams: streams.size },
      'nothing was heard from a client for the time of its lease: its streams were ended',
    );
    for (const call of streams) call.abort('client-lost');
    stopIfIdle();
  }

  function createClient(address: InboxAddress, leaseMs: number): Client {
    const client: Client = {
      address,
      shortestMs: leaseMs,
      longestMs: leaseMs,
      pulse: pulseFor(leaseMs, leaseMs),
      streams: new Set(),
      spoke: () => client.pulse.spoke(),
      leave: (call) => leave(client, call),
    };
    return client;
  }

  function clientOf(address: InboxAddress, leaseMs: number): Client {
    let client = clients.get(address.inboxId);
    if (client === undefined) {
      client = createClient(address, leaseMs);
      clients.set(address.inboxId, client);
      timer.run(leaseMs);
    } else if (leaseMs < client.shortestMs || leaseMs > client.longestMs) {
      client.shortestMs = Math.min(client.shortestMs, leaseMs);
      client.longestMs = Math.max(client.longestMs, leaseMs);
      client.pulse = pulseFor(client.shortestMs, client.longestMs);
      timer.run(client.shortestMs);
    }
    return client;
  }

  function stopIfIdle(): void {
    if (clients.size === 0) timer.stop();
  }

  function leave(client: Client, call: ServedCall): void {
    if (!client.streams.delete(call) || client.streams.size > 0) return;
    if (clients.get(client.address.inboxId) === client) clients.delete(client.address.inboxId);
    stopIfIdle();
  }

  return {
    opened(call) {
      const { replyTo, message } = call;
      const leaseMs = message.leaseMs ?? (message.chunks === true ? defaultLeaseMs : undefined);
      if (replyTo === undefined || leaseMs === undefined) return noLease;
      const client = clientOf(replyTo, Math.max(minLeaseMs, leaseMs));
      // Whoever asks for a stream is there.
      client.pulse.heard();
      client.streams.add(call);
      if (leaving) options.notify(replyTo, { kind: 'go-away' });
      return client;
    },
    heard: (inboxId) => clients.get(inboxId)?.pulse.heard(),
    goAway() {
      leaving = true;
      for (const { address } of clients.values()) options.notify(address, { kind: 'go-away' });
    },
    close() {
      clients.clear();
      timer.stop();
    },
  };
}
