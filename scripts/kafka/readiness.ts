import { setTimeout as delay } from 'node:timers/promises';
import { askNode, type NodeAnswer } from './ask-node.js';
import { KafkaClusterError } from './kafka-errors.js';

/** Between two rounds of questions; each round itself waits for answers. */
const pollMs = 50;

export interface AskedNode {
  readonly id: number;
  readonly address: string;
  /** Whether its process is there. */
  readonly running: boolean;
  logTail(): Promise<string>;
}

/**
 * Resolves when the given nodes are one whole cluster: each answers, lists exactly these as living, names a controller,
 * and sees every partition led and all its replicas on these nodes in sync. So after a node was killed it resolves once
 * the others have taken over, and after a restart once the node has caught up.
 */
export async function waitForWholeCluster(nodes: readonly AskedNode[], timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const ended = nodes.find((node) => !node.running);
    if (ended !== undefined) {
      const log = await ended.logTail();
      throw new KafkaClusterError(
        'NODE_ENDED',
        `node ${ended.id} (${ended.address}) ended by itself; its log:\n${log}`,
      );
    }
    const doubt = await findDoubt(nodes);
    if (doubt === undefined) return;
    if (performance.now() > deadline) {
      throw new KafkaClusterError('NOT_READY', `the cluster is not whole after ${timeoutMs} ms: ${doubt}`);
    }
    await delay(pollMs);
  }
}

async function findDoubt(nodes: readonly AskedNode[]): Promise<string | undefined> {
  const ids = nodes.map(({ id }) => id);
  const answers = await Promise.allSettled(nodes.map(askNode));
  for (const [index, answer] of answers.entries()) {
    const { id, address } = nodes[index]!;
    const doubt = answer.status === 'rejected' ? describeError(answer.reason) : doubtAbout(answer.value, ids);
    if (doubt !== undefined) return `node ${id} (${address}) ${doubt}`;
  }
  return undefined;
}

function describeError(error: unknown): string {
  return `does not answer as a living node: ${error instanceof Error ? error.message : String(error)}`;
}

function doubtAbout(answer: NodeAnswer, ids: readonly number[]): string | undefined {
  const listed = answer.brokers.map(({ nodeId }) => nodeId).sort((a, b) => a - b);
  if (listed.join() !== ids.join())
    return `takes nodes ${listed.join(', ')} to be living, not ${ids.join(', ')}`;
  if (answer.controllerId < 0) return 'knows no controller';
  for (const { topic, partitionMetadata } of answer.topicMetadata) {
    for (const { partitionId, leader, replicas, isr } of partitionMetadata) {
      const late = replicas.find((replica) => ids.includes(replica) && !isr.includes(replica));
      if (!ids.includes(leader)) return `knows no living leader of ${topic}[${partitionId}]`;
      if (late !== undefined) return `waits for node ${late} to catch up with ${topic}[${partitionId}]`;
    }
  }
  return undefined;
}
