/**
 * Runs Apache Kafka as containers of the official image, one per node, on a network of the cluster's own.
 * It owns the containers, the network and the published ports; the guardian removes all by the cluster's label.
 * It must not know when a node is ready, how a cluster is named, or who asked for it.
 * NOT RUN where it was written, which had no Docker daemon: it follows the image's own documentation and scripts
 * (apache/kafka, docker/ folder), and its arguments are tested. The workflow's Docker job is its first real run.
 */

import { createClusterId } from './cluster-id.js';
import { createDockerNode, docker } from './docker-node.js';
import { findFreePorts } from './free-port.js';
import type { KafkaBackend, LaunchOptions, NodeControl } from './kafka-backend.js';
import { KafkaClusterError } from './kafka-errors.js';
import { kafkaVersion } from './kafka-folders.js';
import { heapFlags, jvmFlags, type KafkaSettings, nodeSettings, propertyValue } from './node-settings.js';
import { runCommand } from './run-command.js';
import { type SecureListener, secureName, secureSettings } from './secure-listener.js';

const image = `apache/kafka:${kafkaVersion}`;
const controllerPort = 9093;
const brokerPort = 19_092;
const pullTimeoutMs = 10 * 60_000;

export function createDockerBackend(): KafkaBackend {
  return {
    kind: 'docker',
    title: `Apache Kafka ${kafkaVersion} in Docker`,
    prepare: pullImage,
    launch: launchNodes,
  };
}

async function pullImage(): Promise<void> {
  if ((await runCommand('docker', ['image', 'inspect', image])).ok) return;
  const result = await runCommand('docker', ['pull', '--quiet', image], { timeoutMs: pullTimeoutMs });
  if (!result.ok)
    throw new KafkaClusterError('KAFKA_UNAVAILABLE', `${image} cannot be pulled: ${result.failure}`);
}

async function launchNodes(options: LaunchOptions): Promise<readonly NodeControl[]> {
  const { nodeCount, settings, secure } = options;
  const label = options.dockerLabel!;
  const ports = await findFreePorts(nodeCount * (secure === undefined ? 1 : 2));
  const network = `trpc-kafka-${createClusterId()}`;
  const clusterId = createClusterId();
  await docker('network', 'create', '--label', label, network);
  const nodes: NodeControl[] = [];
  for (const [index, port] of ports.slice(0, nodeCount).entries()) {
    const place = { id: index + 1, port, securePort: ports[nodeCount + index] };
    const args = createArguments({ ...place, nodeCount, settings, secure, label, network, clusterId });
    nodes.push(createDockerNode({ ...place, container: await docker(...args) }));
  }
  await Promise.all(nodes.map((node) => node.start()));
  return nodes;
}

export interface ContainerOptions {
  readonly id: number;
  readonly port: number;
  readonly securePort?: number | undefined;
  readonly nodeCount: number;
  readonly settings: KafkaSettings;
  readonly secure?: SecureListener | undefined;
  readonly label: string;
  readonly network: string;
  readonly clusterId: string;
}

/** The `docker create` of one node. Its storage is formatted by the image at first start, with CLUSTER_ID. */
export function createArguments(options: ContainerOptions): string[] {
  const { id, port, securePort, nodeCount, settings, secure, label, network, clusterId } = options;
  const nodes = Array.from({ length: nodeCount }, (_, index) => ({
    id: index + 1,
    controller: `${hostOf(index + 1)}:${controllerPort}`,
  }));
  const all = nodeSettings({
    id,
    nodes,
    listeners: listeners(options),
    logFolder: '/tmp/kafka-data',
    settings: { ...(secure === undefined ? {} : secureSettings(secure)), ...settings },
  });
  const env = {
    CLUSTER_ID: clusterId,
    KAFKA_HEAP_OPTS: heapFlags.join(' '),
    KAFKA_JVM_PERFORMANCE_OPTS: jvmFlags.join(' '),
    ...Object.fromEntries(
      Object.entries(all).map(([key, value]) => [environmentName(key), propertyValue(value)]),
    ),
  };
  return [
    'create',
    `--label=${label}`,
    `--network=${network}`,
    `--network-alias=${hostOf(id)}`,
    `--hostname=${hostOf(id)}`,
    `--publish=127.0.0.1:${port}:${port}`,
    ...(securePort === undefined ? [] : [`--publish=127.0.0.1:${securePort}:${securePort}`]),
    ...Object.entries(env).map(([name, value]) => `--env=${name}=${value}`),
    image,
  ];
}

function hostOf(id: number): string {
  return `kafka-${id}`;
}

/** Clients come through the published port, by the host's address; brokers find each other by name. */
function listeners({ id, port, securePort }: ContainerOptions): KafkaSettings {
  const forClients = (host: string): string =>
    `CLIENT://${host}:${port}${securePort === undefined ? '' : `,${secureName}://${host}:${securePort}`}`;
  return {
    listeners: `${forClients('0.0.0.0')},BROKER://0.0.0.0:${brokerPort},CONTROLLER://0.0.0.0:${controllerPort}`,
    'advertised.listeners': `${forClients('127.0.0.1')},BROKER://${hostOf(id)}:${brokerPort}`,
    'listener.security.protocol.map': `CLIENT:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,${secureName}:SASL_SSL`,
    'inter.broker.listener.name': 'BROKER',
  };
}

/** How the image spells a setting: `.` is `_`, `_` is `__`, `-` is `___`. */
function environmentName(setting: string): string {
  const spelled = setting.replaceAll('_', '__').replaceAll('-', '___').replaceAll('.', '_');
  return `KAFKA_${spelled.toUpperCase()}`;
}
