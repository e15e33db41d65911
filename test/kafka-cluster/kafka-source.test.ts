import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findKafkaSource, type KafkaSource } from '../../scripts/kafka/index.js';

const java17 = 'echo \'openjdk version "17.0.15" 2025-04-15\' >&2';
const java8 = 'echo \'java version "1.8.0_402"\' >&2';
const docker = 'case $1 in version) echo 28.2.2;; context) echo unix:///var/run/docker.sock;; esac';
const noDaemon = 'echo "Cannot connect to the Docker daemon." >&2; exit 1';
const farDocker = 'case $1 in version) echo 28.2.2;; context) echo ssh://build@elsewhere;; esac';
const mvn = 'echo Apache Maven 3.8.7';

/** Looks on a machine that has these programs and no others; jars only if `fetched`. */
async function findOn(
  programs: Record<string, string>,
  { env = {}, fetched = false }: { env?: NodeJS.ProcessEnv; fetched?: boolean } = {},
): Promise<KafkaSource> {
  const folder = await mkdtemp(join(tmpdir(), 'programs-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  }
  return await findKafkaSource({
    env: { PATH: folder, ...env },
    findJars: async () => (fetched ? 'kafka.jar' : undefined),
  });
}

function kindsOf(source: KafkaSource): string[] {
  return source.kind === 'backends' ? source.backends.map(({ kind }) => kind) : [];
}

describe('where a real Kafka comes from', () => {
  it('is KAFKA_BROKERS before all else', async () => {
    const env = { KAFKA_BROKERS: 'one:9092, two:9092,' };
    expect(await findOn({ docker, java: java17, mvn }, { env })).toEqual({
      kind: 'brokers',
      brokers: ['one:9092', 'two:9092'],
    });
  });

  it('is Docker before a JVM, which remains the second choice', async () => {
    expect(kindsOf(await findOn({ docker, java: java17, mvn }))).toEqual(['docker', 'jvm']);
  });

  it('is a JVM where no Docker daemon answers', async () => {
    expect(kindsOf(await findOn({ docker: noDaemon, java: java17, mvn }))).toEqual(['jvm']);
  });

  it('is a JVM where the Docker daemon is on another machine', async () => {
    expect(kindsOf(await findOn({ docker: farDocker, java: java17, mvn }))).toEqual(['jvm']);
  });

  it('needs no Maven once Kafka was fetched', async () => {
    expect(kindsOf(await findOn({ java: java17 }, { fetched: true }))).toEqual(['jvm']);
  });

  it('is what KAFKA_BACKEND says', async () => {
    const programs = { docker, java: java17, mvn };
    expect(kindsOf(await findOn(programs, { env: { KAFKA_BACKEND: 'jvm' } }))).toEqual(['jvm']);
    expect(kindsOf(await findOn(programs, { env: { KAFKA_BACKEND: 'docker' } }))).toEqual(['docker']);
  });
});

describe('why there is no real Kafka', () => {
  const noDocker = 'no Docker: docker is not installed';

  it.each([
    ['nothing is installed', {}, `${noDocker}; no JVM: java is not installed`],
    [
      'Java is too old',
      { java: java8, mvn },
      `${noDocker}; no JVM: java is Java 1.8.0_402, Kafka needs 17 or newer`,
    ],
    [
      'Maven is missing',
      { java: java17 },
      `${noDocker}; no JVM: Java 17.0.15 is here, but Maven, which fetches Kafka once, is not (mvn is not installed)`,
    ],
    [
      'the daemon does not answer',
      { docker: noDaemon },
      'no Docker: docker failed with 1: Cannot connect to the Docker daemon.; no JVM: java is not installed',
    ],
  ])('%s', async (_, programs, reason) => {
    expect(await findOn(programs)).toEqual({ kind: 'none', reason });
  });

  it('KAFKA=off, even where brokers are named', async () => {
    const env = { KAFKA: 'off', KAFKA_BROKERS: 'one:9092' };
    expect(await findOn({ docker }, { env })).toEqual({ kind: 'none', reason: 'KAFKA=off leaves it out' });
  });

  it('an unknown KAFKA_BACKEND', async () => {
    expect(await findOn({ docker }, { env: { KAFKA_BACKEND: 'podman' } })).toEqual({
      kind: 'none',
      reason: 'KAFKA_BACKEND is "podman"; it can be docker or jvm',
    });
  });
});
