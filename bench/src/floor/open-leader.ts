/** The way to a topic's only partition: from any broker to the leader, once it knows that it leads. */
import { setTimeout as delay } from 'node:timers/promises';
import { findEndOffset } from './end-offset.ts';
import { findLeader } from './find-leader.ts';
import { KafkaCodeError } from './kafka-code-error.ts';
import { type BrokerAddress, type KafkaConnection, openConnection } from './kafka-connection.ts';

/** A connection to the leader. */
export interface OpenLeader {
  readonly connection: KafkaConnection;
  /** Where the partition ended when it was asked. */
  readonly endOffset: number;
}

/** Nodes hear of a new topic one after another, and say nothing when they have: how long to leave them alone, and how often. */
const pauseMs = 50;
const maxAttempts = 200;

/** Connects. Throws a `KafkaCodeError` when there is no leader after ten seconds. */
export async function openLeader(brokers: readonly string[], topic: string): Promise<OpenLeader> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryOpenLeader(brokers, topic);
    } catch (error) {
      if (!(error instanceof KafkaCodeError && error.isPassing) || attempt === maxAttempts) throw error;
      await delay(pauseMs);
    }
  }
}

async function tryOpenLeader(brokers: readonly string[], topic: string): Promise<OpenLeader> {
  const connection = await openConnection(await askForLeader(brokers, topic));
  try {
    return { connection, endOffset: await findEndOffset(connection, topic) };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function askForLeader(brokers: readonly string[], topic: string): Promise<BrokerAddress> {
  const seed = await openConnection(parseAddress(brokers[0]!));
  try {
    return await findLeader(seed, topic);
  } finally {
    await seed.close();
  }
}

function parseAddress(broker: string): BrokerAddress {
  const { hostname, port } = new URL(`kafka://${broker}`);
  return { host: hostname, port: Number(port) };
}
