import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withFileLock } from './file-lock.js';
import { KafkaClusterError } from './kafka-errors.js';
import { cacheFolder, kafkaVersion } from './kafka-folders.js';
import { runCommand } from './run-command.js';

const jarsFolder = join(cacheFolder, `kafka-${kafkaVersion}`);
const pom = fileURLToPath(new URL('pom.xml', import.meta.url));
/** Pinned: the version that an old Maven would choose by itself changes from machine to machine. */
const copyDependencies = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
/** 45 MB: seconds where a registry is near, minutes where the line is thin. */
const downloadTimeoutMs = 10 * 60_000;

/** The class path of Apache Kafka if it has been fetched before. */
export async function findKafkaJars(): Promise<string | undefined> {
  const names = await readdir(jarsFolder).catch(() => []);
  if (names.length === 0) return undefined;
  return names
    .toSorted((a, b) => a.localeCompare(b))
    .map((name) => join(jarsFolder, name))
    .join(delimiter);
}

/** The class path of Apache Kafka, fetched by Maven into the cache folder at first use. */
export async function fetchKafkaJars(): Promise<string> {
  await mkdir(cacheFolder, { recursive: true });
  return await withFileLock(join(cacheFolder, 'fetch.lock'), async () => {
    const known = await findKafkaJars();
    if (known !== undefined) return known;
    await runMaven();
    return (await findKafkaJars())!;
  });
}

/**
 * Maven gets a local repository of its own: an older Maven's is not safe for several processes at a time, and nothing
 * is left outside the cache folder. It is kept when the download fails, so that the next try goes on from there.
 */
async function runMaven(): Promise<void> {
  const draft = join(cacheFolder, `kafka-${kafkaVersion}.part`);
  const repository = join(cacheFolder, 'maven');
  await rm(draft, { recursive: true, force: true });
  const result = await runCommand(
    'mvn',
    [
      '--batch-mode',
      '--quiet',
      '--strict-checksums',
      '--file',
      pom,
      `-Dkafka.version=${kafkaVersion}`,
      `-Dmaven.repo.local=${repository}`,
      copyDependencies,
      '-DincludeScope=runtime',
      `-DoutputDirectory=${draft}`,
    ],
    { timeoutMs: downloadTimeoutMs },
  );
  if (!result.ok) {
    throw new KafkaClusterError('KAFKA_UNAVAILABLE', `Maven could not fetch Apache Kafka: ${result.failure}`);
  }
  // Complete or not there at all, also for processes that look without holding the lock.
  await rename(draft, jarsFolder);
  await rm(repository, { recursive: true, force: true });
}
