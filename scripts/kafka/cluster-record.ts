import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { clearAway } from './guardian.js';
import { KafkaClusterError } from './kafka-errors.js';
import { clustersFolder } from './kafka-folders.js';
import { findProcesses, isProcessAlive } from './process-table.js';

/** What is written down about a cluster, so that another process can find it, ask it and take it down. */
export interface ClusterRecord {
  readonly name: string;
  readonly backend: 'docker' | 'jvm';
  /** The process whose end is the cluster's end; none for a cluster that stays until `kafka:down`. */
  readonly ownerPid?: number;
  /** Empty while the cluster is starting. */
  readonly brokers: readonly string[];
}

export const clusterNamePattern = /^[a-z0-9][a-z0-9-]{0,40}$/;

/** Where a cluster has its record, and each node its settings, log and data. */
export function clusterFolder(name: string): string {
  if (!clusterNamePattern.test(name)) {
    throw new TypeError(`"${name}" cannot name a cluster: lower-case letters, digits and dashes only`);
  }
  return join(clustersFolder, name);
}

/** Containers and networks carry the folder as label: unique among all checkouts on this machine. */
export function dockerLabel(name: string): string {
  return `trpc-kafka.cluster=${clusterFolder(name)}`;
}

/** Takes the name for a cluster that is about to start. What a dead process left under it is cleared away. */
export async function claimName(record: ClusterRecord): Promise<void> {
  const folder = clusterFolder(record.name);
  await removeAbandonedClusters();
  if (await tryClaim(record, folder)) return;
  const holder = await readRecord(record.name);
  if (holder === undefined) {
    // A folder and its record appear together: without one it is a remainder.
    await rm(folder, { recursive: true, force: true });
    return await claimName(record);
  }
  throw new KafkaClusterError(
    'NAME_TAKEN',
    `a cluster named "${record.name}" is running at ${holder.brokers.join(',') || 'brokers not known yet'}: ` +
      `choose another name, or take it down with: pnpm kafka:down --name ${record.name}`,
  );
}

/** The folder appears together with its record by one rename, which fails where a folder with a record is already. */
async function tryClaim(record: ClusterRecord, folder: string): Promise<boolean> {
  const draft = join(clustersFolder, `.${randomUUID()}`);
  await mkdir(draft, { recursive: true });
  await writeFile(join(draft, 'cluster.json'), JSON.stringify(record, null, 2));
  try {
    await rename(draft, folder);
    return true;
  } catch (error) {
    await rm(draft, { recursive: true });
    if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

export async function writeRecord(record: ClusterRecord): Promise<void> {
  const path = join(clusterFolder(record.name), 'cluster.json');
  await writeFile(`${path}.part`, JSON.stringify(record, null, 2));
  await rename(`${path}.part`, path);
}

export async function readRecord(name: string): Promise<ClusterRecord | undefined> {
  const text = await readFile(join(clusterFolder(name), 'cluster.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as ClusterRecord);
}

/** Every cluster of this checkout, running or left behind. */
export async function listRecords(): Promise<ClusterRecord[]> {
  const names = (await readdir(clustersFolder).catch(() => [])).filter((name) =>
    clusterNamePattern.test(name),
  );
  const records = await Promise.all(names.toSorted((a, b) => a.localeCompare(b)).map(readRecord));
  return records.filter((record) => record !== undefined);
}

/** Kills the nodes of a cluster, whoever started them, and removes its folder. */
export async function removeCluster(record: ClusterRecord): Promise<void> {
  const folder = clusterFolder(record.name);
  const nodes = await findProcesses(`${folder}/`);
  const label = record.backend === 'docker' ? dockerLabel(record.name) : undefined;
  await clearAway({ folder, dockerLabel: label, pids: nodes.map(({ pid }) => pid) });
  await untilNone(`${folder}/`);
}

/** The second net, for the day on which a guardian is killed together with the process that it guards. */
async function removeAbandonedClusters(): Promise<void> {
  const records = await listRecords();
  const abandoned = records.filter(({ ownerPid }) => ownerPid !== undefined && !isProcessAlive(ownerPid));
  await Promise.all(
    abandoned.map(async (record) => {
      await removeCluster(record);
      // Its guardian may be at the same work still: it must not remove the folder of a successor.
      await untilNone(`guardian.sh ${clusterFolder(record.name)} `);
    }),
  );
}

async function untilNone(marker: string): Promise<void> {
  while ((await findProcesses(marker)).length > 0) await delay(20);
}
