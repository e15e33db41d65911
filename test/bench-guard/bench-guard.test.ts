/**
 * Calls have not become much dearer than a bare ping-pong over the same client: ratios only, of bursts that follow each
 * other at once, with bounds that a busy machine does not break. It runs when all other tests are done.
 */
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { openBrokers } from '../../bench/src/broker/bench-brokers.ts';
import { guard } from '../../bench/src/guard/guard.ts';
import { runTool } from '../../scripts/packages/run-tool.ts';
import { realKafka } from '../support/real-kafka/real-kafka.ts';

const kafka = await realKafka();

beforeAll(async () => {
  const bench = fileURLToPath(new URL('../../bench', import.meta.url));
  await runTool('pnpm', ['--silent', 'build'], { cwd: bench });
});

describe.each([
  { name: 'the embedded broker', named: [], skip: false },
  { name: 'a real Kafka', named: kafka.brokers ?? [], skip: kafka.unavailable !== undefined },
])('on $name', ({ named, skip }) => {
  test.skipIf(skip)(
    'calls are not much dearer than a bare ping-pong',
    async () => {
      await using brokers = await openBrokers(named);
      const verdict = await guard({ brokers: brokers.addresses });
      const broken = verdict.filter(({ isMet }) => isMet !== true);
      expect(broken.map(({ what, goal, text }) => `${what}: ${text}, wanted ${goal}`)).toEqual([]);
    },
    240_000,
  );
});
