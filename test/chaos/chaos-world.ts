/** All that lives under chaos: brokers, servers, clients, and the history they make. */

import { uniqueName } from '../support/unique-name.ts';
import { type ChaosCluster, type ClusterKind, startChaosCluster } from './chaos-cluster.ts';
import { type ChaosProcess, startProcess } from './chaos-process.ts';
import { chaosService } from './fixtures/chaos-router.ts';
import { type ChaosHistory, type ClientLine, createHistory, takeClientLine, takeRun } from './history.ts';

export interface ChaosWorld extends AsyncDisposable {
  readonly cluster: ChaosCluster;
  readonly history: ChaosHistory;
  /** The topics whose records may come twice. */
  readonly topics: readonly string[];
  readonly servers: ChaosProcess[];
  readonly clients: readonly ChaosProcess[];
  /** Starts a server; resolves when it serves. */
  addServer(): Promise<ChaosProcess>;
  /** The oldest server is told to close; resolves when it has ended. */
  closeServer(): Promise<void>;
  /** Resolves when every stream has brought something that is newer than this call. */
  untilStreaming(): Promise<void>;
  /** Clients make no more calls; resolves when all of theirs are settled. */
  endClients(): Promise<void>;
  /** Resolves when every acknowledged one-way call has been begun; or when none has been for a while. */
  untilCarriedOut(): Promise<void>;
}

/** How large it is. */
export interface ChaosSize {
  readonly cluster: ClusterKind;
  readonly seed: number;
  readonly servers: number;
  readonly clients: number;
  readonly callsPerSecond: number;
  readonly streamsPerClient: number;
}

/** Starts everything; resolves when calls are being made. */
export async function startWorld(size: ChaosSize): Promise<ChaosWorld> {
  const cluster = await startChaosCluster(size.cluster);
  const history = createHistory();
  const service = uniqueName('chaos');
  const servers: ChaosProcess[] = [];
  const clients: ChaosProcess[] = [];
  const lineWatchers = new Set<() => void>();
  let serverCount = 0;
  const common = { brokers: cluster.brokers, service };
  const onCrash = (name: string): void => void history.crashes.push(name);

  /** Resolves when something said makes it so. */
  function when(isSo: () => boolean, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isSo() && signal?.aborted !== true) return;
        lineWatchers.delete(look);
        resolve();
      };
      lineWatchers.add(look);
      signal?.addEventListener('abort', look);
      look();
    });
  }

  async function addServer(): Promise<ChaosProcess> {
    let isReady = false;
    const server = await startProcess({
      name: `server ${++serverCount}`,
      fixture: 'chaos-server',
      args: common,
      onCrash,
      onLine(line) {
        if (line === 'ready') isReady = true;
        else if (line.startsWith('run ')) takeRun(history, line.slice(4));
        for (const look of lineWatchers) look();
      },
    });
    servers.push(server);
    await when(() => isReady || history.crashes.includes(server.name));
    return server;
  }

  async function addClient(n: number): Promise<void> {
    const client = await startProcess({
      name: `client-${n}`,
      fixture: 'chaos-client',
      args: {
        ...common,
        seed: size.seed + n,
        callsPerSecond: size.callsPerSecond / size.clients,
        streams: size.streamsPerClient,
      },
      onCrash,
      onLine(line) {
        takeClientLine(history, JSON.parse(line) as ClientLine);
        for (const look of lineWatchers) look();
      },
    });
    clients.push(client);
  }

  async function progress(): Promise<ReadonlyMap<string, number>> {
    history.events.clear();
    for (const client of clients) client.order('progress');
    await when(
      () => history.events.size === size.clients * size.streamsPerClient || history.crashes.length > 0,
    );
    return new Map(history.events);
  }

  async function untilStreaming(): Promise<void> {
    const before = await progress();
    const signal = AbortSignal.timeout(30_000);
    while (!signal.aborted) {
      const now = await progress();
      if ([...before].every(([name, last]) => now.get(name)! > last)) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const now = await progress();
    for (const [name, last] of before) {
      if (now.get(name) === last) history.brokenStreams.push(`${name}: stands still at ${last}`);
    }
  }

  for (let n = 0; n < size.servers; n++) await addServer();
  await Promise.all(Array.from({ length: size.clients }, (_, n) => addClient(n)));
  await when(() => history.calls.size > 0 || history.crashes.length > 0);

  return {
    cluster,
    history,
    topics: ['requests' as const, 'replies' as const].map((role) =>
      role === 'requests' ? chaosService(service).topics.requests.topic : `${service}-app.replies`,
    ),
    servers,
    clients,
    addServer,
    async closeServer() {
      const server = servers.shift();
      server?.order('close');
      await server?.untilEnded();
    },
    untilStreaming,
    async endClients() {
      for (const client of clients) client.order('end');
      await Promise.all(clients.map((client) => client.untilEnded()));
    },
    untilCarriedOut: () => when(() => lostOneWay(history).length === 0, AbortSignal.timeout(30_000)),
    async [Symbol.asyncDispose]() {
      await Promise.all([...servers, ...clients].map((one) => one.kill()));
      await cluster[Symbol.asyncDispose]();
    },
  };
}

/** Acknowledged, and not begun by anybody yet. */
function lostOneWay({ calls, runs }: ChaosHistory): string[] {
  return [...calls]
    .filter(
      ([name, { kind, outcomes }]) => kind === 'one-way' && outcomes[0]?.outcome === 'ok' && !runs.has(name),
    )
    .map(([name]) => name);
}
