/**
 * Finds the broker that coordinates a group, again whenever it has moved or gone.
 * Owns: where the coordinator is. Must not know: what it is asked.
 * kafkajs's own search drops what brokers say (a group one has no right to is one without coordinator) and pauses long.
 */
import { isConnectionTrouble, originalError } from './kafkajs-errors.js';
import type { RawBroker, RawCluster } from './kafkajs-internals.js';

/** Sends a request to the coordinator, wherever it is; one that cannot be reached, or is none any more, is forgotten. */
export type AskCoordinator = <T>(request: (broker: RawBroker) => Promise<T>) => Promise<T>;

/** `coordinatorType` of FindCoordinator. */
const ofGroup = 0;
const moved: ReadonlySet<string> = new Set(['NOT_COORDINATOR_FOR_GROUP', 'GROUP_COORDINATOR_NOT_AVAILABLE']);

/** Makes a finder that has not looked yet. */
export function createCoordinatorFinder(
  raw: Pick<RawCluster, 'brokerPool' | 'refreshMetadata'>,
  groupId: string,
): AskCoordinator {
  const { brokerPool } = raw;
  let found: Promise<RawBroker> | undefined;

  async function find(): Promise<RawBroker> {
    const anyBroker = await brokerPool.findConnectedBroker();
    const { coordinator } = await anyBroker.findGroupCoordinator({ groupId, coordinatorType: ofGroup });
    if (brokerPool.brokers[coordinator.nodeId] === undefined) await raw.refreshMetadata();
    return brokerPool.findBroker(coordinator);
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
