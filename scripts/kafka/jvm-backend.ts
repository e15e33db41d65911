/**
 * Runs Apache Kafka on the machine's own Java, one JVM per node, from jars that Maven fetches once.
 * It owns the processes, their settings files and their ports, all on 127.0.0.1.
 * It must not know when a node is ready, how a cluster is named, or who asked for it.
 * Signals are POSIX: on Windows there is Docker.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClusterId } from './cluster-id.js';
import { findFreePorts } from './free-port.js';
import type { Guardian } from './guardian.js';
import type { Java } from './java.js';
import { createJvmNode, formatStorage, type JvmNodeOptions, settingsPath } from './jvm-node.js';
import type { KafkaBackend, LaunchOptions, NodeControl } from './kafka-backend.js';
import { kafkaVersion } from './kafka-folders.js';
import { fetchKafkaJars } from './kafka-jars.js';
import { type KafkaSettings, nodeSettings, propertyValue } from './node-settings.js';
import { secureName, secureSettings } from './secure-listener.js';

export function createJvmBackend(java: Java): KafkaBackend {
  return {
    kind: 'jvm',
    title: `Apache Kafka ${kafkaVersion} on Java ${java.version}`,
    async prepare() {
      await fetchKafkaJars();
    },
    launch: (options) => launchNodes(java, options),
  };
}

async function launchNodes(java: Java, options: LaunchOptions): Promise<readonly NodeControl[]> {
  const { folder, guardian, nodeCount, secure } = options;
  const classPath = await fetchKafkaJars();
  const ports = await findFreePorts(nodeCount * (secure === undefined ? 2 : 3));
  const places = Array.from({ length: nodeCount }, (_, index) => ({
    id: index + 1,
    port: ports[index]!,
    securePort: ports[nodeCount * 2 + index],
    controller: `127.0.0.1:${ports[nodeCount + index]}`,
  }));
  const track = createTracker(guardian);
  const nodeOptions = places.map(
    ({ id, port, securePort }): JvmNodeOptions => ({
      id,
      port,
      securePort,
      java: java.path,
      classPath,
      track,
      folder: join(folder, `node-${id}`),
    }),
  );
  const nodes = nodeOptions.map(createJvmNode);
  const clusterId = createClusterId();
  await Promise.all(
    nodeOptions.map(async (node, index) => {
      const settings = nodeSettings({
        id: node.id,
        nodes: places,
        settings: { ...(secure === undefined ? {} : secureSettings(secure)), ...options.settings },
        listeners: listeners(places[index]!),
        logFolder: join(node.folder, 'data'),
      });
      await mkdir(node.folder, { recursive: true });
      await writeFile(settingsPath(node.folder), toProperties(settings));
      await formatStorage(node, clusterId);
    }),
  );
  await Promise.all(nodes.map((node) => node.start()));
  return nodes;
}

/** Keeps the guardian informed of the processes that live. */
function createTracker(guardian: Guardian): (child: ChildProcess) => void {
  const pids = new Set<number>();
  return (child) => {
    const { pid } = child;
    if (pid === undefined) return;
    guardian.watch([...pids.add(pid)]);
    child.once('exit', () => {
      pids.delete(pid);
      guardian.watch([...pids]);
    });
  };
}

interface NodePlace {
  readonly port: number;
  readonly securePort: number | undefined;
  readonly controller: string;
}

/** Clients and brokers share one listener; the controllers have their own, as Kafka demands. */
function listeners({ port, securePort, controller }: NodePlace): KafkaSettings {
  const plain = `PLAINTEXT://127.0.0.1:${port}`;
  const forClients = securePort === undefined ? plain : `${plain},${secureName}://127.0.0.1:${securePort}`;
  return {
    listeners: `${forClients},CONTROLLER://${controller}`,
    'advertised.listeners': forClients,
    'listener.security.protocol.map': `PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,${secureName}:SASL_SSL`,
  };
}

function toProperties(settings: KafkaSettings): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${propertyValue(value)}\n`)
    .join('');
}
