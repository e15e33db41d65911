import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { claimName, clusterFolder, readRecord, removeCluster } from '../../scripts/kafka/cluster-record.js';
import { askAnyBroker, startKafkaCluster } from '../../scripts/kafka/index.js';
import { findProcesses } from '../../scripts/kafka/process-table.js';
import { whyNoOwnCluster } from '../support/real-kafka/real-kafka.js';

const unavailable = await whyNoOwnCluster();
const owner = fileURLToPath(new URL('fixtures/cluster-owner.ts', import.meta.url));
const cli = fileURLToPath(new URL('../../scripts/kafka/cli.ts', import.meta.url));
/** Others' processes cannot be awaited, only looked at. */
const untilGone = { timeout: 15_000, interval: 50 };

describe.skipIf(unavailable)('a cluster ends with the process that started it', { timeout: 60_000 }, () => {
  it('when that is killed', async () => {
    const name = uniqueName();
    const child = startOwner(name);
    await lineFrom(child, /^ready/);
    expect(await nodePids(name)).toHaveLength(1);
    child.kill('SIGKILL');
    await expectNothingLeft(name);
  });

  it('when that is killed in the midst of starting it', async () => {
    const name = uniqueName();
    const child = startOwner(name);
    await expect.poll(() => nodePids(name), untilGone).not.toEqual([]);
    child.kill('SIGKILL');
    await expectNothingLeft(name);
  });

  it('when that ends without stopping it, which it does not keep from ending', async () => {
    const name = uniqueName();
    const child = startOwner(name, 'end');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    await expectNothingLeft(name);
  });
});

describe('what a dead process left under a name', () => {
  it('is cleared away by the next start, for the case that its guardian was killed, too', async () => {
    const name = uniqueName();
    const { pid: deadPid } = spawnSync(process.execPath, ['--version']);
    await claimName({ name, backend: 'jvm', ownerPid: deadPid, brokers: [] });
    // Any process with the settings file of a node in its command line is one of the cluster's.
    const orphan = spawn('sh', [
      '-c',
      'sleep 1000',
      join(clusterFolder(name), 'node-1', 'server.properties'),
    ]);
    onTestFinished(() => void orphan.kill('SIGKILL'));
    const gone = once(orphan, 'exit');
    expect(await nodePids(name)).toEqual([orphan.pid]);

    await claimName({ name, backend: 'jvm', ownerPid: process.pid, brokers: [] });
    expect(await gone).toEqual([null, 'SIGKILL']);
    expect(await readRecord(name)).toMatchObject({ ownerPid: process.pid });
  });
});

describe.skipIf(unavailable)('the command line', { timeout: 60_000 }, () => {
  it('brings up a cluster that stays until it is taken down', async () => {
    const name = uniqueName();
    const up = await runCli('up', '--name', name);
    expect(up.code).toBe(0);
    const brokers = /^export KAFKA_BROKERS=(\S+)$/m.exec(up.output)?.[1]?.split(',');
    expect((await askAnyBroker(brokers!)).nodes).toHaveLength(1);

    const again = await runCli('up', '--name', name);
    expect(again.output).toContain(`export KAFKA_BROKERS=${brokers!.join(',')}`);

    await expect(startKafkaCluster({ name })).rejects.toMatchObject({
      code: 'NAME_TAKEN',
      message: expect.stringContaining(brokers![0]!),
    });

    // Clusters of other tests come and go meanwhile.
    const status = await runCli('status', '--name', name);
    expect(status.code).toBe(0);
    expect(status.output).toContain(`Cluster "${name}"`);
    expect(status.output).toContain(`process ${(await nodePids(name))[0]}`);

    const asked = await runCli('status', { KAFKA_BROKERS: brokers!.join(',') });
    expect(asked.output).toContain(`living: node 1 ${brokers![0]}`);
    expect(asked.output).not.toContain('Cluster');

    const down = await runCli('down', '--name', name);
    expect(down.output).toContain(`Cluster "${name}" is down`);
    await expectNothingLeft(name);
  });

  it('says in one line why it starts nothing', async () => {
    expect(await runCli('up', { KAFKA: 'off' })).toEqual({
      code: 1,
      output: 'No real Kafka: KAFKA=off leaves it out\n',
    });
    expect(await runCli('up', { KAFKA_BROKERS: '127.0.0.1:1' })).toEqual({
      code: 1,
      output: expect.stringMatching(
        /^KAFKA_BROKERS is set: nothing is started.\n +no answer from 127.0.0.1:1: /,
      ),
    });
  });
});

/** Whatever a failing test leaves is taken down when it has ended. */
function uniqueName(): string {
  const name = `life-${randomBytes(5).toString('hex')}`;
  onTestFinished(async () => {
    const record = await readRecord(name);
    if (record !== undefined) await removeCluster(record);
  });
  return name;
}

function startOwner(name: string, then = 'stay'): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', owner, name, then], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function lineFrom(child: ChildProcess, pattern: RegExp): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) if (pattern.test(line)) return line;
  throw new Error(`the program ended without a line like ${pattern}`);
}

async function nodePids(name: string): Promise<number[]> {
  return (await findProcesses(`${clusterFolder(name)}/`)).map(({ pid }) => pid);
}

async function expectNothingLeft(name: string): Promise<void> {
  await expect.poll(() => nodePids(name), untilGone).toEqual([]);
  await expect.poll(() => findProcesses(`guardian.sh ${clusterFolder(name)} `), untilGone).toEqual([]);
  await expect(access(clusterFolder(name))).rejects.toMatchObject({ code: 'ENOENT' });
}

async function runCli(...args: (string | NodeJS.ProcessEnv)[]): Promise<{ code: number; output: string }> {
  const words = args.filter((arg) => typeof arg === 'string');
  const env = Object.assign({ ...process.env }, ...args.filter((arg) => typeof arg !== 'string'));
  const child = spawn(process.execPath, ['--import', 'tsx', cli, ...words], { env });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  return { code, output };
}
