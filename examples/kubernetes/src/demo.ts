/** `pnpm start`: a broker, the process of a pod, and what its probes get. Ends by itself. */
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { startPod } from './pod.js';

await using broker = await createDevBroker();
const [nodeId] = broker.nodeIds;
await broker.cluster.stopNode(nodeId!);
const pod = await startPod({ KAFKA_BROKERS: broker.brokers.join(',') });

async function show(moment: string): Promise<void> {
  const ways = ['/startupz', '/livez', '/readyz'];
  const statuses = await Promise.all(ways.map(async (path) => `${path} ${await pod.probe(path)}`));
  process.stdout.write(`${moment.padEnd(34)} ${statuses.join('   ')}\n`);
}

try {
  await show('started, the broker is not there');
  await broker.cluster.startNode(nodeId!);
  await pod.until('/readyz', 200);
  await show('the broker is there');
  await broker.cluster.stopNode(nodeId!);
  await pod.until('/readyz', 503);
  await show('the broker is gone');
  await broker.cluster.startNode(nodeId!);
  await pod.until('/readyz', 200);
  await show('the broker is back');
  process.stdout.write(`SIGTERM: exit code ${await pod.end('SIGTERM')}\n`);
} finally {
  await pod.end('SIGKILL');
}
