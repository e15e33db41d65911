/**
 * A service that a command is about: its definition, and a connection to its brokers for as long as the command runs.
 * Owns: that the service's topics are there, so that a mistyped name is told at once and nothing is created for it.
 * Must not know: what a command does with it.
 */
import { type KafkaDriver, type KafkaService, KafkaTransportError } from '@trpc-kafka/core';
import { acquireDriver, ensureTopics, replyTopicOf } from '@trpc-kafka/core/internal';
import { createKafkaClient, type KafkaClient } from '@trpc-kafka/link';
import type { Command } from 'commander';
import { type Connection, readConnection } from '../connection/connection-options.js';
import type { CommandOutput } from '../output/command-output.js';

/** What a command works with. */
export interface Target extends Connection {
  readonly driver: KafkaDriver;
}

/** Runs something with the brokers that a command was told of. */
export async function withBrokers<T>(
  { command, output }: { readonly command: Command; readonly output: CommandOutput },
  run: (target: Target) => Promise<T>,
): Promise<T> {
  const connection = readConnection(command);
  const { driver, release } = acquireDriver(connection.kafka);
  try {
    output.progress('connecting');
    await driver.connect();
    return await run({ ...connection, driver });
  } finally {
    await release();
  }
}

/** Which service, and where its replies are to be read. */
export interface ClientTarget {
  readonly service: KafkaService;
  /** Replies are read from `<app>.replies`. */
  readonly app: string;
}

/** Runs something with a client of a service. @throws KafkaTransportError `TOPIC_MISSING` where there is no such service. */
export async function withClient<T>(
  { kafka, driver }: Target,
  { service, app }: ClientTarget,
  run: (client: KafkaClient) => Promise<T>,
): Promise<T> {
  await assertServiceTopics(driver, service);
  // The one topic that is this program's own.
  await ensureTopics(driver, [replyTopicOf(service, app)], 'create');
  const client = createKafkaClient({ kafka, service, app, topics: 'require' });
  try {
    await client.ready();
    return await run(client);
  } finally {
    await client.close({ graceMs: 0 });
  }
}

/** @throws KafkaTransportError `TOPIC_MISSING` unless all topics are there that servers make before they are ready. */
async function assertServiceTopics(driver: KafkaDriver, { name, topics }: KafkaService): Promise<void> {
  const wanted = [topics.requests, topics.oneWay, topics.control].map(({ topic }) => topic);
  const counts = await Promise.all(wanted.map((topic) => driver.countPartitions(topic)));
  const missing = wanted.filter((_, i) => counts[i] === undefined);
  if (missing.length === 0) return;
  throw new KafkaTransportError({
    code: 'TOPIC_MISSING',
    message: `service ${name} has no topic ${missing.join(', ')} on these brokers. "trpc-kafka ls" shows which services there are; one whose topics have a prefix needs --topic-prefix, one that names them itself is described in the file of --config. Servers create topics when they start, and "trpc-kafka topics create ${name}" does`,
  });
}
