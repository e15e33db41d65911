import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listRecords } from '../../scripts/kafka/cluster-record.js';
import { realKafka, whyNoOwnCluster } from '../support/real-kafka/real-kafka.js';

const unavailable = await whyNoOwnCluster();
const config = fileURLToPath(new URL('fixtures/shared-kafka/vitest.config.ts', import.meta.url));
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

describe('a test run that cannot have a real Kafka', { timeout: 60_000 }, () => {
  it('leaves out what needs it and says why, once', async () => {
    const { code, output } = await runTests(['asks', 'quiet'], { KAFKA: 'off' });
    expect(code).toBe(0);
    expect(kafkaLines(output)).toEqual(['Real Kafka: left out: KAFKA=off leaves it out']);
    expect(output).toMatch(/Tests +1 passed \| 2 skipped/);
  });

  it('fails before any test when KAFKA=required', async () => {
    const { code, output } = await runTests([], {
      KAFKA: 'required',
      PATH: dirname(process.execPath),
      JAVA_HOME: '/nowhere',
    });
    expect(code).not.toBe(0);
    expect(output).toContain(
      'KAFKA=required, but there is no real Kafka: no Docker: docker is not installed; no JVM: ',
    );
    expect(output).not.toContain('runs without Kafka');
  });

  it('fails when the brokers that it was told to use do not answer, even if no test asks', async () => {
    const { code, output } = await runTests(['quiet'], { KAFKA_BROKERS: '127.0.0.1:1' });
    expect(code).not.toBe(0);
    expect(kafkaLines(output)).toHaveLength(1);
    expect(kafkaLines(output)[0]).toMatch(/^Real Kafka: left out: KAFKA_BROKERS=127.0.0.1:1 do not answer: /);
  });
});

describe.skipIf(unavailable)('a test run that can have a real Kafka', { timeout: 60_000 }, () => {
  it('shares one among its files, says which, and takes it down', async () => {
    const { code, output } = await runTests(['asks'], {});
    expect(code).toBe(0);
    const [line, ...more] = kafkaLines(output);
    expect(more).toEqual([]);
    const brokers = / at (\S+), ready after [\d.]+ s$/.exec(line!)?.[1];
    expect(output).toContain(`first file: ${brokers}`);
    expect(output).toContain(`second file: ${brokers}`);
    expect((await listRecords()).filter((record) => record.brokers.join() === brokers)).toEqual([]);
  });

  it('starts none when no file asks', async () => {
    const { code, output } = await runTests(['quiet'], {});
    expect(code).toBe(0);
    expect(kafkaLines(output)).toEqual(['Real Kafka: not started, no test of this run asked for it']);
  });

  it('uses the brokers that it was told to use, and starts nothing', async () => {
    const { brokers } = await realKafka();
    const { code, output } = await runTests(['asks'], { KAFKA_BROKERS: brokers!.join() });
    expect(code).toBe(0);
    expect(kafkaLines(output)).toEqual([`Real Kafka: KAFKA_BROKERS=${brokers!.join()}, 1 node(s)`]);
    expect(output).toContain(`first file: ${brokers!.join()}`);
  });
});

function kafkaLines(output: string): string[] {
  return output.split('\n').filter((line) => line.startsWith('Real Kafka:'));
}

async function runTests(
  filters: string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; output: string }> {
  const plain = { ...process.env, KAFKA: undefined, KAFKA_BROKERS: undefined, CI: undefined, NO_COLOR: '1' };
  const child = spawn(process.execPath, [vitest, 'run', '--config', config, ...filters], {
    env: { ...plain, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  return { code, output };
}
