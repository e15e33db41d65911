/** What a service's instances tell of themselves. */
import type { AssignedTopic, ProcedureFacts } from '@trpc-kafka/core/internal';
import { type DiscoveredServer, discover } from '@trpc-kafka/link';
import type { Target } from './service-target.js';
import { withClient } from './service-target.js';

/** One running instance. */
export interface InstanceFacts
  extends Pick<DiscoveredServer, 'state' | 'software' | 'calls' | 'waiting' | 'streams' | 'features'> {
  readonly id: string;
  readonly startedAt: string;
  readonly upMs: number;
  readonly assigned: readonly AssignedTopic[];
}

/** A procedure, and how many instances have it: in the midst of a deploy not all do. */
export interface ProcedureEntry {
  readonly path: string;
  readonly type: ProcedureFacts['type'];
  /** What of its meta servers tell. */
  readonly meta: { readonly gather?: true };
  readonly instances: number;
}

/** A service as it is right now. */
export interface ServiceFacts {
  readonly service: string;
  readonly instances: readonly InstanceFacts[];
  readonly procedures: readonly ProcedureEntry[];
}

/** Whom to ask, and how. */
export interface AskOptions {
  readonly name: string;
  readonly app: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Longer than for one who asks before each call: an instance that is left out would mislead whoever looks. */
const stallMs = 500;

/** Asks every instance of a service. @throws KafkaTransportError `TOPIC_MISSING`, and what brokers refuse. */
export async function askService(target: Target, options: AskOptions): Promise<ServiceFacts> {
  const { name, app, timeoutMs, signal } = options;
  const servers = await withClient(target, { service: target.define(name), app }, (client) =>
    discover(client, { procedures: true, timeoutMs, stallMs, signal }).all(),
  );
  signal.throwIfAborted();
  return {
    service: name,
    instances: servers.map(toInstance).toSorted(byAge),
    procedures: proceduresOf(servers),
  };
}

function toInstance(server: DiscoveredServer): InstanceFacts {
  const {
    server: id,
    state,
    software,
    features,
    startedAtMs,
    nowMs,
    calls,
    waiting,
    streams,
    assigned,
  } = server;
  const startedAt = new Date(startedAtMs).toISOString();
  return {
    id,
    state,
    software,
    startedAt,
    upMs: nowMs - startedAtMs,
    calls,
    waiting,
    streams,
    assigned,
    features,
  };
}

function byAge(one: InstanceFacts, other: InstanceFacts): number {
  return other.upMs - one.upMs || one.id.localeCompare(other.id);
}

function proceduresOf(servers: readonly DiscoveredServer[]): readonly ProcedureEntry[] {
  const entries = new Map<string, ProcedureEntry>();
  for (const { path, type, gather } of servers.flatMap(({ procedures }) => procedures ?? [])) {
    const key = `${path} ${type} ${gather}`;
    const instances = (entries.get(key)?.instances ?? 0) + 1;
    entries.set(key, { path, type, meta: gather === true ? { gather } : {}, instances });
  }
  return [...entries.values()].toSorted((one, other) => one.path.localeCompare(other.path));
}
