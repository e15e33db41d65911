/** A health server for a test, asked as a kubelet asks. */
import { setTimeout as delay } from 'node:timers/promises';
import type { HealthReport } from '@trpc-kafka/core';
import { createHealthServer, type HealthServer, type HealthServerOptions } from '@trpc-kafka/core/health';

export interface ProbeAnswer {
  readonly status: number;
  readonly body: { readonly checks: Readonly<Record<string, HealthReport & { readonly ok: boolean }>> };
}

export interface Probes extends AsyncDisposable {
  readonly server: HealthServer;
  readonly ask: (path: Way) => Promise<ProbeAnswer>;
  /** The status of each way. */
  readonly statuses: () => Promise<Record<Way, number>>;
  /** Asks again and again until the status is there; answers what came with it. */
  readonly until: (path: Way, status: number) => Promise<ProbeAnswer>;
  /** Asks all the while; answers what differed from a status. Ends with what it returns. */
  readonly watch: (path: Way) => () => Promise<readonly ProbeAnswer[]>;
}

const ways = ['/livez', '/readyz', '/startupz'] as const;
type Way = (typeof ways)[number];

/** Between two questions. */
const pauseMs = 20;

/** Serves the checks on a free port. */
export async function openProbes(
  checks: HealthServerOptions['checks'],
  options: Partial<HealthServerOptions> = {},
): Promise<Probes> {
  const server = createHealthServer({ port: 0, host: '127.0.0.1', checks, ...options });
  await server.ready();
  const { port } = server.address()!;

  async function ask(path: Way): Promise<ProbeAnswer> {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, body: (await response.json()) as ProbeAnswer['body'] };
  }

  return {
    server,
    ask,
    async statuses() {
      const answers = await Promise.all(ways.map(async (way) => [way, (await ask(way)).status] as const));
      return Object.fromEntries(answers) as Record<Way, number>;
    },
    async until(path, status) {
      for (;;) {
        const answer = await ask(path);
        if (answer.status === status) return answer;
        await delay(pauseMs);
      }
    },
    watch(path) {
      const others: ProbeAnswer[] = [];
      let ended = false;
      const watching = (async () => {
        while (!ended) {
          const answer = await ask(path);
          if (answer.status !== 200) others.push(answer);
          await delay(pauseMs);
        }
      })();
      return async () => {
        ended = true;
        await watching;
        return others;
      };
    },
    [Symbol.asyncDispose]: () => server.close({ graceMs: 0 }),
  };
}
