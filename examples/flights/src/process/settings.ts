import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a process of this example can be told from outside. */
export interface Settings {
  /** `KAFKA_BROKERS`, as host:port separated by commas. */
  readonly brokers: readonly string[];
  /** `FLIGHTS_URL`: where the router is served over HTTP. */
  readonly url: string | undefined;
  /** `FLIGHTS_INSTANCE`: the name of a server instance. */
  readonly instance: string;
  /** `FLIGHTS_DATA`: the folder that the server instances share. */
  readonly dataDirectory: string;
  /** `PORT` to listen on; any free one by default. */
  readonly port: number;
}

/** Reads the environment once. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  return {
    brokers: (env['KAFKA_BROKERS'] ?? '')
      .split(',')
      .map((broker) => broker.trim())
      .filter(Boolean),
    url: env['FLIGHTS_URL'],
    instance: env['FLIGHTS_INSTANCE'] ?? `flights-${process.pid}`,
    dataDirectory: env['FLIGHTS_DATA'] ?? join(tmpdir(), 'trpc-kafka-flights'),
    port: Number(env['PORT'] ?? 0),
  };
}

/** The brokers, or a sentence that says how to name them. */
export function demandBrokers(settings: Settings): string[] {
  if (settings.brokers.length > 0) return [...settings.brokers];
  throw new Error('No broker is named: set KAFKA_BROKERS=host:9092, or start one with `pnpm broker`');
}
