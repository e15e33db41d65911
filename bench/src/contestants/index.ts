/**
 * All contestants, by name. What one of them needs is loaded in its own processes only: a library that another one
 * brings along must not count as memory of this one.
 */
import type { Contestant } from './contestant.ts';
import { type DriverName, driverNames } from './drivers.ts';

/** What is known of a contestant before it is loaded. */
export interface ContestantEntry {
  /** How it is called in tables and by `--only`. */
  readonly name: string;
  /** `raw`: a ping-pong of bytes without any RPC, the limit of a client; `ours`; `rival`: what one would use instead. */
  readonly kind: 'raw' | 'ours' | 'rival';
  /** What carries the calls. */
  readonly transport: 'kafka' | 'http' | 'ws';
  /** Of what is ours: `--driver` leaves out the others. */
  readonly driver?: DriverName;
  /** Whether it has streams: it is then compared by items a second, too. */
  readonly streams?: boolean;
  readonly load: () => Promise<Contestant>;
}

/** What is ours on one driver. */
function ours(driver: DriverName): readonly ContestantEntry[] {
  return (['kafkaLink', 'kafkaBatchLink'] as const).map((link) => ({
    name: `${link} on ${driver}`,
    kind: 'ours',
    transport: 'kafka',
    driver,
    streams: link === 'kafkaLink',
    load: async () => (await import('./trpc-kafka.ts')).createTrpcKafka(link, driver),
  }));
}

/** In the order of tables. */
export const contestants: readonly ContestantEntry[] = [
  {
    name: 'protocol floor',
    kind: 'raw',
    transport: 'kafka',
    load: async () => (await import('./protocol-floor.ts')).protocolFloor,
  },
  {
    name: 'raw platformatic',
    kind: 'raw',
    transport: 'kafka',
    load: async () => (await import('./raw-platformatic.ts')).rawPlatformatic,
  },
  {
    name: 'raw kafkajs',
    kind: 'raw',
    transport: 'kafka',
    load: async () => (await import('./raw-kafkajs.ts')).rawKafkajs,
  },
  ...driverNames.flatMap(ours),
  {
    name: 'NestJS',
    kind: 'rival',
    transport: 'kafka',
    load: async () => (await import('./nest-kafka.ts')).nestKafka,
  },
  {
    name: 'httpLink',
    kind: 'rival',
    transport: 'http',
    load: async () => (await import('./trpc-http.ts')).trpcHttp,
  },
  {
    name: 'httpBatchLink',
    kind: 'rival',
    transport: 'http',
    load: async () => (await import('./trpc-http.ts')).trpcHttpBatch,
  },
  {
    name: 'wsLink',
    kind: 'rival',
    transport: 'ws',
    streams: true,
    load: async () => (await import('./trpc-ws.ts')).trpcWs,
  },
];

/**
 * The one of that name.
 * @throws Error that lists all names when there is none.
 */
export function findContestant(name: string): ContestantEntry {
  const found = contestants.find((entry) => entry.name === name);
  if (found !== undefined) return found;
  throw new Error(
    `no contestant is called "${name}"; there are: ${contestants.map((entry) => entry.name).join('; ')}`,
  );
}

/**
 * The names of those that are to be compared.
 * @param choice `driver`: leaves out what is ours on others; `only`: parts of names, in any case of letters.
 * @throws Error that lists all names when nobody is left.
 */
export function chooseContestants({
  driver,
  only,
}: {
  readonly driver?: DriverName;
  readonly only?: readonly string[];
}): readonly string[] {
  const isAskedFor = (name: string): boolean =>
    only?.some((part) => name.toLowerCase().includes(part.toLowerCase())) ?? true;
  const chosen = contestants.filter(
    ({ name, driver: own }) =>
      isAskedFor(name) && (driver === undefined || own === undefined || own === driver),
  );
  if (chosen.length > 0) return chosen.map(({ name }) => name);
  throw new Error(`nobody is called so; there are: ${contestants.map(({ name }) => name).join('; ')}`);
}
