import { configDefaults, defineConfig } from 'vitest/config';

const inCi = process.env['CI'] !== undefined;
const isFullMatrix = process.env['TEST_MATRIX'] === 'full';

export default defineConfig({
  test: {
    // The tests wait for brokers and processes more than they compute.
    maxWorkers: 3,
    reporters: inCi ? ['default', ['json', { outputFile: '.cache/test-results.json' }]] : ['default'],
    projects: [
      {
        test: {
          name: 'node',
          include: [
            'packages/*/{src,test}/**/*.test.ts',
            'bench/src/**/*.test.ts',
            'test/**/*.test.ts',
            'examples/*/test/**/*.test.ts',
            'bench/test/**/*.test.ts',
          ],
          // They build another version of the packages and wait for what takes its time: `pnpm test:versions`.
          exclude: [
            ...configDefaults.exclude,
            'test/chaos/chaos.test.ts',
            'test/bench-guard/bench-guard.test.ts',
            ...(isFullMatrix ? [] : ['test/versions/**']),
          ],
          // One real Kafka for the whole run, started when the first file asks for it.
          globalSetup: ['./test/support/real-kafka/global-setup.ts'],
          // No test is about how fast it is: these end what hangs, also on a machine that does ten other things.
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'chaos',
          include: ['test/chaos/chaos.test.ts'],
          globalSetup: ['./test/support/real-kafka/global-setup.ts'],
          // A Kafka of three nodes, three servers and two clients are enough for one machine: when all others are done.
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'bench-guard',
          include: ['test/bench-guard/bench-guard.test.ts'],
          globalSetup: ['./test/support/real-kafka/global-setup.ts'],
          // It measures: when all others are done, and on its own.
          sequence: { groupOrder: 2 },
        },
      },
      // In jsdom, each with a tRPC of its own.
      'test/contract/hooks',
      'test/contract/hooks/react-query',
    ],
  },
});
