/** The streams of a client by the server instance that runs them: leases for those servers, and losses of those that fall silent. */
import {
  callUser,
  createPulse,
  createPulseTimer,
  type InboxAddress,
  type PassedTime,
  type Pulse,
} from '@trpc-kafka/core/internal';
import type { PendingCall } from '../calls/pending-call.js';

/** What becomes of a server that runs a stream. */
export interface ServerWatcher {
  /** Nothing was heard from it for so long; what is to be done about it is to wait for `delayMs`. */
  silent(silentMs: number, delayMs: number): void;
  /** It is about to close; as above. */
  goAway(delayMs: number): void;
}

/** The servers of a client's streams. */
export interface ServerStreams {
  /** Keeps up the lease of a stream that has started, and watches its server. */
  opened(call: PendingCall, watcher: ServerWatcher): void;
  closed(call: PendingCall): void;
  /** A record of this server was read. */
  heard(inboxId: string): void;
  /** This server said that it will close. */
  leaving(inboxId: string): void;
  close(): void;
}

/** What server streams work with. */
export interface ServerStreamsOptions {
  /** How often a server is told that this client is there. */
  readonly intervalMs: number;
  /** A server that was silent for so long is taken for dead, and takes this client for dead. */
  readonly lostAfterMs: number;
  readonly isCaughtUp: () => boolean;
  /** Tells one server, or with `undefined` every server there is. */
  readonly renew: (server: InboxAddress | undefined) => void;
  /** How many records tell every server: one for each partition of the control topic. */
  readonly recordsForAll: () => number;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
}

interface Server {
  readonly address: InboxAddress;
  readonly pulse: Pulse;
  readonly streams: Map<PendingCall, ServerWatcher>;
  leaving: boolean;
}

/** Streams that lose their server together are opened anew one after another: so much time for each, and so much in all. */
const spreadPerStreamMs = 1;
const maxSpreadMs = 5000;

/** Makes the table. */
export function createServerStreams(options: ServerStreamsOptions): ServerStreams {
  const { intervalMs, lostAfterMs, random } = options;
  const servers = new Map<string, Server>();
  const timer = createPulseTimer({ isCaughtUp: options.isCaughtUp, onBeat });

  function onBeat(passed: PassedTime): void {
    const due: Server[] = [];
    for (const server of servers.values()) {
      const verdict = server.pulse.beat(passed);
      if (verdict === 'speak') due.push(server);
      else if (verdict === 'lost') lose(server);
    }
    if (due.length > 0) renew(due);
  }

  /**
   * A client with streams at more servers than the control topic has partitions tells all of them at once. Otherwise
   * leases would be as many as pairs of a client and a server, and each would be read by all servers of its partition.
   */
  function renew(due: readonly Server[]): void {
    if (servers.size <= options.recordsForAll()) {
      for (const { address } of due) options.renew(address);
      return;
    }
    options.renew(undefined);
    for (const { pulse } of servers.values()) pulse.spoke();
  }

  function lose({ address, streams }: Server): void {
    servers.delete(address.inboxId);
    stopIfIdle();
    tellAll(streams, (watcher, delayMs) => watcher.silent(lostAfterMs, delayMs));
  }

  function tellAll(
    streams: ReadonlyMap<PendingCall, ServerWatcher>,
    tell: (watcher: ServerWatcher, delayMs: number) => void,
  ): void {
    // A single stream does not wait for others.
    const spreadMs = streams.size === 1 ? 0 : Math.min(maxSpreadMs, streams.size * spreadPerStreamMs);
    for (const watcher of Array.from(streams.values())) callUser(() => tell(watcher, random() * spreadMs));
  }

  function serverOf(address: InboxAddress): Server {
    let server = servers.get(address.inboxId);
    if (server === undefined) {
      const pulse = createPulse({ speakEveryMs: intervalMs, lostAfterMs });
      server = { address, pulse, streams: new Map(), leaving: false };
      servers.set(address.inboxId, server);
      timer.run(lostAfterMs);
    }
    return server;
  }

  function stopIfIdle(): void {
    if (servers.size === 0) timer.stop();
  }

  return {
    opened(call, watcher) {
      if (call.server === undefined) return;
      const server = serverOf(call.server);
      server.streams.set(call, watcher);
      if (server.leaving) watcher.goAway(0);
    },
    closed(call) {
      const server = servers.get(call.server?.inboxId ?? '');
      if (server === undefined || !server.streams.delete(call) || server.streams.size > 0) return;
      servers.delete(server.address.inboxId);
      stopIfIdle();
    },
    heard: (inboxId) => servers.get(inboxId)?.pulse.heard(),
    leaving(inboxId) {
      const server = servers.get(inboxId);
      if (server === undefined) return;
      server.leaving = true;
      tellAll(server.streams, (watcher, delayMs) => watcher.goAway(delayMs));
    },
    close() {
      servers.clear();
      timer.stop();
    },
  };
}
