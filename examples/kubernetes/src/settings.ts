/** What the manifest says by the environment. */
export interface Settings {
  readonly brokers: string[];
  readonly healthPort: number;
  /** How long what runs may go on when the pod ends. */
  readonly graceMs: number;
  readonly checkTimeoutMs: number;
}

/** Reads it. A number that is none is refused by whoever it is given to. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  return {
    brokers: (env['KAFKA_BROKERS'] ?? 'localhost:9092').split(','),
    healthPort: Number(env['HEALTH_PORT'] ?? 8080),
    graceMs: Number(env['GRACE_MS'] ?? 20_000),
    checkTimeoutMs: Number(env['CHECK_TIMEOUT_MS'] ?? 800),
  };
}
