/** A short run with a seed of its own each time; a failure names the seed, and `pnpm chaos --seed N` makes the same plan again. */
import { expect, test } from 'vitest';
import { whyNoOwnCluster } from '../support/real-kafka/real-kafka.ts';
import { formatReport } from './report.ts';
import { runChaos } from './run-chaos.ts';

const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000);
const unavailable = await whyNoOwnCluster();

test.skipIf(unavailable !== undefined)(
  `servers, clients, lines and brokers fail, and every promise is kept (CHAOS_SEED=${seed})`,
  async () => {
    const report = await runChaos({
      cluster: 'real',
      seed,
      totalMs: 90_000,
      servers: 3,
      clients: 2,
      callsPerSecond: 60,
      streamsPerClient: 10,
      onStep() {},
    });
    expect(report.violations, formatReport(report)).toEqual([]);
    expect(report.faults.length).toBeGreaterThan(5);
  },
  400_000,
);
