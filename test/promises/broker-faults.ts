/** What can be done to the brokers of a scenario: an embedded cluster of its own, or a real one. */
import { createDevBroker, type DevBroker } from '@trpc-kafka/dev-broker';
import type { BrokerFaults } from './scenario.ts';

/** Brokers for one scenario. */
export interface ScenarioBrokers extends AsyncDisposable {
  readonly brokers: readonly string[];
  readonly faults: BrokerFaults;
}

/** Three embedded brokers. */
export async function startEmbedded(): Promise<ScenarioBrokers> {
  const broker = await createDevBroker({
    nodes: 3,
    'default.replication.factor': 3,
  });
  const each = (act: (nodeId: number) => Promise<void>): Promise<unknown> =>
    Promise.all(broker.nodeIds.map(act));
  return {
    brokers: broker.brokers,
    faults: {
      killLeader: () => killLeader(broker),
      takeAway: async () => void (await each((nodeId) => broker.cluster.stopNode(nodeId))),
      bringBack: async () => void (await each((nodeId) => broker.cluster.startNode(nodeId))),
    },
    [Symbol.asyncDispose]: () => broker.close(),
  };
}

/** Every node is the leader of something: the first one dies and is missed a second later. */
async function killLeader(broker: DevBroker): Promise<void> {
  await broker.cluster.stopNode(broker.nodeIds[0]!, { electionMs: 1000 });
}

/** The real brokers that a whole run shares: nothing may be done to them. */
export function shareReal(brokers: readonly string[]): ScenarioBrokers {
  const refuse = async (): Promise<void> => {
    throw new Error('these brokers are shared');
  };
  return {
    brokers,
    faults: { killLeader: refuse, takeAway: refuse, bringBack: refuse },
    [Symbol.asyncDispose]: async () => {},
  };
}
