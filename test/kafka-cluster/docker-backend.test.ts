import { access, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createArguments, createDockerBackend } from '../../scripts/kafka/docker-backend.js';
import { startGuardian } from '../../scripts/kafka/guardian.js';
import type { NodeControl } from '../../scripts/kafka/kafka-backend.js';
import { isProcessAlive } from '../../scripts/kafka/process-table.js';

const stand = fileURLToPath(new URL('fixtures/docker.sh', import.meta.url));
const dockerLabel = 'trpc-kafka.cluster=/somewhere/test';

describe('the container of a node', () => {
  const args = createArguments({
    id: 2,
    port: 23_456,
    nodeCount: 3,
    settings: { 'min.insync.replicas': 2, 'log.retention.ms': -1 },
    label: dockerLabel,
    network: 'net',
    clusterId: 'AAAAAAAAAAAAAAAAAAAAAA',
  });

  it('is found by its peers by name and by clients at a published port of this machine', () => {
    expect(args).toEqual(
      expect.arrayContaining([
        '--network=net',
        '--network-alias=kafka-2',
        '--publish=127.0.0.1:23456:23456',
        '--env=KAFKA_LISTENERS=CLIENT://0.0.0.0:23456,BROKER://0.0.0.0:19092,CONTROLLER://0.0.0.0:9093',
        '--env=KAFKA_ADVERTISED_LISTENERS=CLIENT://127.0.0.1:23456,BROKER://kafka-2:19092',
        '--env=KAFKA_CONTROLLER_QUORUM_VOTERS=1@kafka-1:9093,2@kafka-2:9093,3@kafka-3:9093',
        '--env=KAFKA_INTER_BROKER_LISTENER_NAME=BROKER',
      ]),
    );
  });

  it('has every setting as the variable that the image reads, the image last', () => {
    expect(args).toEqual(
      expect.arrayContaining([
        '--env=CLUSTER_ID=AAAAAAAAAAAAAAAAAAAAAA',
        '--env=KAFKA_NODE_ID=2',
        '--env=KAFKA_PROCESS_ROLES=broker,controller',
        '--env=KAFKA_MIN_INSYNC_REPLICAS=2',
        '--env=KAFKA_LOG_RETENTION_MS=-1',
        '--env=KAFKA_AUTO_CREATE_TOPICS_ENABLE=false',
        '--env=KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR=3',
      ]),
    );
    expect(args[0]).toBe('create');
    expect(args.at(-1)).toBe('apache/kafka:4.3.1');
  });
});

describe('containers, with a stand-in for docker', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fake-docker-'));
    await symlink(stand, join(folder, 'docker'));
    vi.stubEnv('FAKE_DOCKER', folder);
    vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
    return async () => {
      vi.unstubAllEnvs();
      await rm(folder, { recursive: true, force: true });
    };
  });

  const launch = async (nodeCount: number) => {
    const clusterFolder = join(folder, 'cluster');
    const guardian = await startGuardian({ folder: clusterFolder, dockerLabel });
    onTestFinished(() => guardian.end());
    const options = { folder: clusterFolder, dockerLabel, guardian, nodeCount, settings: {} };
    return { guardian, nodes: await createDockerBackend().launch(options) };
  };

  it('are killed, paused and started again like processes', async () => {
    const { nodes } = await launch(2);
    const [first, second] = nodes as [NodeControl, NodeControl];
    const { pid } = first;
    expect(isProcessAlive(pid!)).toBe(true);

    await second.signal('SIGSTOP');
    await second.signal('SIGCONT');
    await first.signal('SIGKILL');
    await first.ended();
    expect(first.pid).toBeUndefined();
    expect(isProcessAlive(pid!)).toBe(false);
    // A signal to a container that does not run is docker's error, not ours to make.
    await first.signal('SIGTERM');

    await first.start();
    expect(isProcessAlive(first.pid!)).toBe(true);
    expect(await first.logTail()).toBe('the log of container-1');
    const [one, other, ...rest] = await commands();
    // Nodes start side by side.
    expect(new Set([one, other])).toEqual(new Set(['start container-1', 'start container-2']));
    expect(rest).toEqual([
      'pause container-2',
      'unpause container-2',
      'kill --signal SIGKILL container-1',
      'start container-1',
    ]);
  });

  it('are noticed when they end by themselves', async () => {
    const [node] = (await launch(1)).nodes;
    process.kill(node!.pid!, 'SIGKILL');
    await node!.ended();
    expect(node!.pid).toBeUndefined();
  });

  it('are removed by their label when the guardian is let go, with their network', async () => {
    const { guardian, nodes } = await launch(2);
    const pids = nodes.map(({ pid }) => pid!);
    await guardian.end();
    await Promise.all(nodes.map((node) => node.ended()));
    expect(pids.filter(isProcessAlive)).toEqual([]);
    await expect(access(join(folder, 'networks'))).rejects.toMatchObject({ code: 'ENOENT' });
    const log = await readFile(join(folder, 'commands'), 'utf8');
    expect(log).toContain(`ps --all --quiet --filter label=${dockerLabel}`);
    expect(log).toContain('rm --force --volumes container-1 container-2');
  });

  it('that cannot be made say why', async () => {
    vi.stubEnv('FAKE_DOCKER', join(folder, 'missing'));
    await expect(launch(1)).rejects.toMatchObject({ code: 'START_FAILED' });
  });

  /** What was done to containers that exist. */
  const commands = async (): Promise<string[]> => {
    const log = await readFile(join(folder, 'commands'), 'utf8');
    return log.split('\n').filter((line) => /^(start|kill|pause|unpause) /.test(line));
  };
});
