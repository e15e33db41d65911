/**
 * The work-around for kafkajs's timer loop, on the real object. Fails when kafkajs no longer needs it, and when the
 * work-around no longer holds.
 */
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { type Cluster, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { silenceTimerLoop } from '../../packages/core/src/driver/kafkajs/timer-loop.js';

type DevBroker = Awaited<ReturnType<typeof createDevBroker>>;

interface Queue {
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  readonly pending: readonly unknown[];
  maxInFlightRequests: number | null;
  scheduleCheckPendingRequests(): void;
}

let broker: DevBroker;
beforeAll(async () => {
  broker = await createDevBroker({ topics: [{ name: 't' }] });
});
afterAll(() => broker.close());

/** A connection of kafkajs that has been used and is idle now, with the means to use it again. */
async function idleConnection() {
  let cluster: Cluster | undefined;
  const kafka = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING });
  kafka.consumer({
    groupId: 'never-joined',
    partitionAssigners: [
      (context) => {
        cluster = context.cluster;
        return {
          name: 'none',
          version: 0,
          assign: async () => [],
          protocol: () => ({ name: 'none', metadata: Buffer.alloc(0) }),
        };
      },
    ],
  });
  await cluster!.connect();
  onTestFinished(() => cluster!.disconnect());
  await cluster!.addMultipleTargetTopics(['t']);
  const node = await cluster!.findBroker({ nodeId: String(broker.nodeIds[0]) });
  const { connectionPool } = node as unknown as { connectionPool: { pool: { requestQueue: Queue }[] } };
  return { queue: connectionPool.pool[0]!.requestQueue, use: () => node.metadata(['t']) };
}

it('kafkajs arms a timer on an idle connection, again and again', async () => {
  const { queue } = await idleConnection();
  for (let round = 0; round < 3; round++) {
    const armed = queue.throttleCheckTimeoutId;
    expect(armed).not.toBeNull();
    await new Promise<void>((resolve) => {
      const look = () => (queue.throttleCheckTimeoutId === armed ? setImmediate(look) : resolve());
      look();
    });
  }
});

it('the work-around ends it, and arms a timer again when the broker asks for a pause or requests wait', async () => {
  const { queue, use } = await idleConnection();
  silenceTimerLoop(queue as never);
  await new Promise<void>((resolve) => {
    const look = () => (queue.throttleCheckTimeoutId === null ? resolve() : void setImmediate(look));
    look();
  });
  await use();
  expect(queue.throttleCheckTimeoutId).toBeNull();

  queue.throttledUntil = Date.now() + 20;
  const throttled = use();
  await new Promise<void>((resolve) => {
    const look = () => (queue.pending.length > 0 ? resolve() : void setImmediate(look));
    look();
  });
  expect(queue.throttleCheckTimeoutId).not.toBeNull();
  await throttled;

  queue.maxInFlightRequests = 1;
  await Promise.all([use(), use(), use()]);
  expect(queue.pending).toHaveLength(0);
});
