/**
 * `pnpm kafka:up`, `kafka:down` and `kafka:status`: a real Kafka to work with, which stays until it is taken down.
 * Owns what is printed and the exit codes; standard output has what a script can use, one thing a line.
 * It must not know how a cluster is started.
 */
import { Command, InvalidArgumentError } from 'commander';
import { askAnyBroker } from './ask-node.js';
import {
  type ClusterRecord,
  clusterFolder,
  clusterNamePattern,
  listRecords,
  readRecord,
  removeCluster,
} from './cluster-record.js';
import { startKafkaCluster } from './kafka-cluster.js';
import { isKafkaClusterError } from './kafka-errors.js';
import { findKafkaSource } from './kafka-source.js';
import { findProcesses } from './process-table.js';

const defaultName = 'default';

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function fail(line: string): void {
  process.stderr.write(`${line}\n`);
  process.exitCode = 1;
}

async function up(options: { nodes: number; name: string }): Promise<void> {
  const source = await findKafkaSource();
  if (source.kind === 'none') return fail(`No real Kafka: ${source.reason}`);
  if (source.kind === 'brokers') {
    print('KAFKA_BROKERS is set: nothing is started.');
    if (!(await printBrokers(source.brokers))) process.exitCode = 1;
    return;
  }
  const running = await readRecord(options.name);
  if (running !== undefined && (await isAnswering(running))) {
    print(`Cluster "${running.name}" is up already.`);
    return print(`export KAFKA_BROKERS=${running.brokers.join(',')}`);
  }
  if (running !== undefined && (await isLeftOver(running))) await removeCluster(running);
  const cluster = await startKafkaCluster({ ...options, lifetime: 'kept' });
  print(`${cluster.title}, ${cluster.nodes.length} node(s), until: pnpm kafka:down --name ${cluster.name}`);
  print(`export KAFKA_BROKERS=${cluster.brokers.join(',')}`);
}

async function down(options: { name: string; all?: boolean }): Promise<void> {
  const record = options.all === true ? undefined : await readRecord(options.name);
  const records = options.all === true ? await listRecords() : record === undefined ? [] : [record];
  if (records.length === 0) print('Nothing is up.');
  for (const each of records) {
    await removeCluster(each);
    print(`Cluster "${each.name}" is down, its data removed.`);
  }
}

/** One cluster that is starting or has lost its nodes must not hide that others answer. */
async function status(options: { name?: string }): Promise<void> {
  const source = await findKafkaSource();
  if (source.kind === 'brokers') {
    if (!(await printBrokers(source.brokers))) process.exitCode = 1;
    return;
  }
  const records = (await listRecords()).filter(
    ({ name }) => options.name === undefined || name === options.name,
  );
  if (records.length === 0) fail('Nothing is up.');
  let answering = 0;
  for (const record of records) if (await printCluster(record)) answering++;
  if (answering === 0) process.exitCode = 1;
}

/** False when the cluster does not answer. */
async function printCluster(record: ClusterRecord): Promise<boolean> {
  const { name, backend, ownerPid, brokers } = record;
  const life = ownerPid === undefined ? 'until kafka:down' : `while process ${ownerPid} lives`;
  print(`Cluster "${name}" (${backend}, ${life})`);
  if (brokers.length === 0) {
    print('  is starting');
    return false;
  }
  for (const { pid, commandLine } of await findProcesses(`${clusterFolder(name)}/`)) {
    const node = /\/(node-\d+)\/server\.properties/.exec(commandLine)?.[1];
    if (node !== undefined) print(`  ${node}: process ${pid}`);
  }
  return await printBrokers(brokers);
}

/** False when none of them answers. */
async function printBrokers(brokers: readonly string[]): Promise<boolean> {
  try {
    const { nodes, controller } = await askAnyBroker(brokers);
    for (const node of nodes) print(`  living: node ${node}`);
    print(`  controller known: ${controller >= 0 ? 'yes' : 'no'}`);
    print(`export KAFKA_BROKERS=${brokers.join(',')}`);
    return true;
  } catch (error) {
    print(
      `  no answer from ${brokers.join(', ')}: ${error instanceof Error ? error.message : String(error)}`,
    );
    return false;
  }
}

/** The machine was started anew, or somebody killed the nodes: the folder is all that is left. */
async function isLeftOver({ name, backend, brokers }: ClusterRecord): Promise<boolean> {
  if (backend !== 'jvm' || brokers.length === 0) return false;
  return (await findProcesses(`${clusterFolder(name)}/`)).length === 0;
}

async function isAnswering({ brokers }: ClusterRecord): Promise<boolean> {
  if (brokers.length === 0) return false;
  return await askAnyBroker(brokers).then(
    () => true,
    () => false,
  );
}

function parseName(text: string): string {
  if (!clusterNamePattern.test(text))
    throw new InvalidArgumentError('Lower-case letters, digits and dashes only.');
  return text;
}

function parseNodes(text: string): number {
  const nodes = Number(text);
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > 9) throw new InvalidArgumentError('1 to 9 nodes.');
  return nodes;
}

const program = new Command('kafka').description(
  'A real Apache Kafka to test with: KAFKA_BROKERS, Docker or a JVM.',
);
program
  .command('up')
  .description('starts a cluster that stays until it is taken down')
  .option('--nodes <count>', 'how many nodes', parseNodes, 1)
  .option('--name <name>', 'lower-case letters, digits and dashes', parseName, defaultName)
  .action(up);
program
  .command('down')
  .description('takes a cluster down and removes its data')
  .option('--name <name>', 'the cluster', parseName, defaultName)
  .option('--all', 'every cluster of this checkout, those of running tests included')
  .action(down);
program
  .command('status')
  .description('asks the brokers; exit code 1 when none answers')
  .option('--name <name>', 'only this cluster', parseName)
  .action(status);

try {
  await program.parseAsync();
} catch (error) {
  if (!isKafkaClusterError(error)) throw error;
  fail(`${error.code}: ${error.message}`);
}
