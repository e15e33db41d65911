/** Three brokers that can be killed and stopped: of a real Kafka, or embedded. */
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { startKafkaCluster } from '../../scripts/kafka/index.ts';

export interface ChaosCluster extends AsyncDisposable {
  readonly title: string;
  readonly brokers: readonly string[];
  /** A node dies at once; resolves with what starts it again and waits until the cluster is whole. */
  kill(target: number): Promise<() => Promise<void>>;
  /** A node stands still; resolves with what lets it go on. */
  stop(target: number): Promise<() => Promise<void>>;
}

export type ClusterKind = 'real' | 'embedded';

/** Starts the brokers. */
export function startChaosCluster(kind: ClusterKind): Promise<ChaosCluster> {
  return kind === 'real' ? startReal() : startEmbedded();
}

async function startReal(): Promise<ChaosCluster> {
  const cluster = await startKafkaCluster({ nodes: 3, settings: { 'min.insync.replicas': 2 } });
  const nodeOf = (target: number) => cluster.nodes[target % cluster.nodes.length]!;
  return {
    title: `${cluster.title}, 3 nodes`,
    brokers: cluster.brokers,
    async kill(target) {
      const node = nodeOf(target);
      await node.kill();
      return async () => {
        await node.restart();
        await cluster.waitUntilReady();
      };
    },
    async stop(target) {
      const node = nodeOf(target);
      await node.pause();
      return async () => {
        await node.resume();
        await cluster.waitUntilReady();
      };
    },
    [Symbol.asyncDispose]: () => cluster.stop(),
  };
}

async function startEmbedded(): Promise<ChaosCluster> {
  const broker = await createDevBroker({
    nodes: 3,
    'default.replication.factor': 3,
    'broker.session.timeout.ms': 2000,
  });
  const nodeOf = (target: number): number => broker.nodeIds[target % broker.nodeIds.length]!;
  return {
    title: 'embedded broker, 3 nodes',
    brokers: broker.brokers,
    async kill(target) {
      const node = nodeOf(target);
      await broker.cluster.stopNode(node, { electionMs: 2000 });
      return () => broker.cluster.startNode(node);
    },
    async stop(target) {
      const node = nodeOf(target);
      broker.cluster.pauseNode(node);
      return async () => broker.cluster.resumeNode(node);
    },
    [Symbol.asyncDispose]: () => broker.close(),
  };
}
