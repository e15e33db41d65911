/** Streams on which nothing happens: the leases and heartbeats that keep them, by the code that decides when there are any. */
import { createCounters, formatSender, type InboxAddress } from '@trpc-kafka/core/internal';
import type { ServedCall } from '../../packages/adapter-kafka/src/calls/served-call.js';
import {
  type ClientStreams,
  createClientStreams,
} from '../../packages/adapter-kafka/src/streams/client-streams.js';
import type { PendingCall } from '../../packages/link-kafka/src/calls/pending-call.js';
import { createControlSender } from '../../packages/link-kafka/src/requests/control-sender.js';
import {
  createServerStreams,
  type ServerStreams,
} from '../../packages/link-kafka/src/streams/server-streams.js';
import type { Random } from '../support/random.ts';
import { pulseSeconds, type StreamDeployment } from './cost-model.ts';
import { inboxIdOf, openSimulatedInbox } from './simulated-instances.ts';
import type { SimulatedTopics } from './simulated-topics.ts';

/** What was counted. */
export interface SimulatedStreams {
  heartbeats: number;
  /** By all clients together: each reads all of its partition. */
  heartbeatsRead: number;
  lost: number;
}

interface SimulatedServer {
  readonly address: InboxAddress;
  readonly streams: ClientStreams;
}

const silentLogger = { debug() {}, info() {}, warn() {}, error() {} };

/** Opens all streams; from then on they are kept as time passes. */
export function openSimulatedStreams(
  deployment: StreamDeployment,
  { topics, random }: { readonly topics: SimulatedTopics; readonly random: Random },
): SimulatedStreams {
  const counted: SimulatedStreams = { heartbeats: 0, heartbeatsRead: 0, lost: 0 };
  const clients = new Map<string, ServerStreams>();
  const servers = Array.from({ length: deployment.servers }, (_, index) =>
    openServer({ index, deployment, topics, random, counted, clients }),
  );
  for (let index = 0; index < deployment.clients; index++) {
    openClient({ index, deployment, topics, random, counted, clients, servers });
  }
  return counted;
}

interface Opening {
  readonly index: number;
  readonly deployment: StreamDeployment;
  readonly topics: SimulatedTopics;
  readonly random: Random;
  readonly counted: SimulatedStreams;
  /** By inbox id. */
  readonly clients: Map<string, ServerStreams>;
}

function openServer({ index, deployment, topics, random, counted, clients }: Opening): SimulatedServer {
  const inboxId = inboxIdOf('server', index);
  const streams = createClientStreams({
    isCaughtUp: () => true,
    notify({ topic, partition, inboxId: client }) {
      counted.heartbeats++;
      // Whoever shares the partition reads it, too; and drops it at a glance.
      counted.heartbeatsRead += topics.readers(topic, partition);
      clients.get(client)?.heard(inboxId);
    },
    counters: createCounters(['clientsLost']) as never,
    logger: silentLogger,
    emit() {
      counted.lost++;
    },
  });
  const { address } = openSimulatedInbox({
    topics,
    topic: 'control',
    partitions: deployment.controlPartitions,
    inboxId,
    random,
    onFrom: (client) => streams.heard(client),
  });
  return { address, streams };
}

function openClient(opening: Opening & { readonly servers: readonly SimulatedServer[] }): void {
  const { index, deployment, topics, random, servers, counted } = opening;
  const inboxId = inboxIdOf('client', index);
  const partitions = deployment.replyPartitions;
  const { address } = openSimulatedInbox({ topics, topic: 'replies', partitions, inboxId, random });
  const directory = {
    known: () => deployment.controlPartitions,
    lookUp: async () => deployment.controlPartitions,
    learn() {},
  };
  const control = createControlSender({
    transport: { batcher: topics.createBatcher(), directory, driver: {} as never },
    controlTopic: 'control',
    sender: () => formatSender(inboxId, address),
    onFailed(error) {
      throw error;
    },
  });
  const lostAfterMs = pulseSeconds * 3000;
  const streams = createServerStreams({
    intervalMs: pulseSeconds * 1000,
    lostAfterMs,
    isCaughtUp: () => true,
    renew: (server) => control.send({ kind: 'lease' }, server),
    recordsForAll: () => deployment.controlPartitions,
    random,
  });
  opening.clients.set(inboxId, streams);
  const watcher = { silent: () => void counted.lost++, goAway() {} };
  for (let stream = 0; stream < deployment.streamsPerClient; stream++) {
    const server = servers[Math.floor(random() * servers.length)]!;
    streams.opened({ server: server.address } as PendingCall, watcher);
    server.streams.opened({ replyTo: address, message: { leaseMs: lostAfterMs } } as ServedCall);
  }
}
