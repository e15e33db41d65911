/**
 * Finds the broker that coordinates a group, again whenever it has moved or gone.
 * Owns: where the coordinator is. Must not know: what it is asked.
 * The clients' own searches do not do: kafkajs's drops what brokers say (a group one has no right to is one without coordinator) and pauses long.
 */

import type { Broker } from './broker-requests.js';
import { isConnectionTrouble, originalError } from './client-errors.js';

/** Sends a request to the coordinator, wherever it is; one that cannot be reached, or is none any more, is forgotten. */
export type AskCoordinator = <T>(request: (broker: Broker) => Promise<T>) => Promise<T>;

/** How brokers are reached. */
export interface BrokerAccess {
  /** Any that is connected. */
  any(): Promise<Broker>;
  /** The one of an id, looked up again when it is not known. */
  at(nodeId: number): Promise<Broker>;
}

/** `coordinatorType` of FindCoordinator. */
const ofGroup = 0;
/** By Kafka's names, and by those that kafkajs has for the same codes. */
const moved: ReadonlySet<string> = new Set([
  'NOT_COORDINATOR',
  'NOT_COORDINATOR_FOR_GROUP',
  'COORDINATOR_NOT_AVAILABLE',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
]);

/** Makes a finder that has not looked yet. */
export function createCoordinatorFinder(brokers: BrokerAccess, groupId: string): AskCoordinator {
  let found: Promise<Broker> | undefined;

  async function find(): Promise<Broker> {
    const anyBroker = await brokers.any();
    const { coordinator } = await anyBroker.findGroupCoordinator({ groupId, coordinatorType: ofGroup });
    return brokers.at(coordinator.nodeId);
  }

  return async (request) => {
    found ??= find().catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    const asked = found;
    try {
      return await request(await asked);
    } catch (error) {
      if (found === asked && !isAnswerOfCoordinator(error)) found = undefined;
      throw error;
    }
  };
}

/** An answer of another kind than "I am not the coordinator". */
function isAnswerOfCoordinator(error: unknown): boolean {
  const { type } = originalError(error);
  return type !== undefined && !moved.has(type) && !isConnectionTrouble(error);
}
