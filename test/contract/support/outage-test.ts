/** A test that takes its brokers away and gives them back: on an embedded broker, and on a real Kafka that nobody else uses. */
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { startKafkaCluster } from '../../../scripts/kafka/index.ts';
import { type CaseContext, createCaseContext } from '../../conformance/case-context.ts';
import { whyNoOwnCluster } from '../../support/real-kafka/real-kafka.ts';

/** The one node that there is. */
export interface Outage {
  /** Resolves when it is gone, and every connection to it broken. */
  begin(): Promise<void>;
  /** Resolves when it takes connections again, with all that was written before. */
  end(): Promise<void>;
  /** It hangs: connections stay open, and nobody answers. */
  hang(): Promise<void>;
  wake(): Promise<void>;
}

interface FragileBroker extends Outage {
  readonly brokers: readonly string[];
  close(): Promise<void>;
}

interface FragileTarget {
  readonly name: string;
  readonly unavailable?: string | undefined;
  readonly timeoutMs: number;
  start(): Promise<FragileBroker>;
}

const targets: readonly FragileTarget[] = [
  {
    name: 'dev-broker',
    timeoutMs: 60_000,
    async start() {
      const broker = await createDevBroker();
      const [nodeId] = broker.nodeIds;
      return {
        brokers: broker.brokers,
        close: () => broker.close(),
        begin: () => broker.cluster.stopNode(nodeId!),
        end: () => broker.cluster.startNode(nodeId!),
        hang: async () => broker.cluster.pauseNode(nodeId!),
        wake: async () => broker.cluster.resumeNode(nodeId!),
      };
    },
  },
  {
    name: 'real Kafka',
    unavailable: await whyNoOwnCluster(),
    timeoutMs: 90_000,
    async start() {
      const cluster = await startKafkaCluster();
      const [node] = cluster.nodes;
      return {
        brokers: cluster.brokers,
        close: () => cluster.stop(),
        begin: () => node!.stop(),
        hang: () => node!.pause(),
        wake: () => node!.resume(),
        async end() {
          await node!.restart();
          await cluster.waitUntilReady();
        },
      };
    },
  },
];

type RunWithOutage = (context: CaseContext, outage: Outage) => Promise<void>;

/** Starts the brokers of a test file, and registers tests that run on each, one after another. */
export function createOutageTest(): (name: string, run: RunWithOutage) => void {
  const places = targets.map((target) => {
    const place: { broker?: FragileBroker } = {};
    if (target.unavailable === undefined) {
      beforeAll(async () => {
        place.broker = await target.start();
      });
    }
    afterAll(() => place.broker?.close());
    return { target, place };
  });
  return (name, run) => {
    for (const { target, place } of places) {
      describe.skipIf(target.unavailable !== undefined)(`kafkajs on ${target.name}`, () => {
        test(
          name,
          async () => {
            await using context = createCaseContext(place.broker!.brokers);
            await run(context, place.broker!);
          },
          target.timeoutMs,
        );
      });
    }
  };
}
