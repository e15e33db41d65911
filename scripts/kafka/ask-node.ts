import { type BrokerMetadata, Kafka, logLevel } from 'kafkajs';
import { openUnjoinedCluster } from './unjoined-cluster.js';

/** What one node says about the cluster; -1 is no controller. kafkajs leaves `controllerId` out of its types. */
export type NodeAnswer = BrokerMetadata & { readonly controllerId: number };

/**
 * Asks one particular node for its metadata. kafkajs's admin asks any broker it knows, and passes over those that
 * fail; so this takes the cluster object that it hands to partition assigners (typed and public) and picks the broker.
 * Rejects when the node does not answer, does not count itself among the living, or knows of a partition in trouble.
 */
export async function askNode(node: { id: number; address: string }): Promise<NodeAnswer> {
  const cluster = openUnjoinedCluster(createKafka([node.address]));
  try {
    await cluster.connect();
    await cluster.refreshMetadata();
    const broker = await cluster.findBroker({ nodeId: String(node.id) });
    return (await broker.metadata([])) as NodeAnswer;
  } finally {
    await cluster.disconnect();
  }
}

/** Asks whichever of these brokers answers first; rejects when none does. */
export async function askAnyBroker(
  brokers: readonly string[],
): Promise<{ nodes: string[]; controller: number }> {
  const admin = createKafka(brokers).admin();
  try {
    await admin.connect();
    const { brokers: nodes, controller } = await admin.describeCluster();
    return {
      nodes: nodes.map(({ nodeId, host, port }) => `${nodeId} ${host}:${port}`),
      controller: controller ?? -1,
    };
  } finally {
    await admin.disconnect();
  }
}

/** Nothing is retried or logged here: to ask again is the caller's business. */
function createKafka(brokers: readonly string[]): Kafka {
  return new Kafka({
    clientId: 'kafka-status',
    brokers: [...brokers],
    connectionTimeout: 1_000,
    requestTimeout: 2_000,
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  });
}
