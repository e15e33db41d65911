/** What connecting a client means: its producer, the service's topics, its inbox. In parallel, since each is a round trip or more. */
import type { KafkaService } from '@trpc-kafka/core';
import { ensureTopics, type TopicsMode, type Transport } from '@trpc-kafka/core/internal';
import type { ConnectionParams, KafkaClientOptions } from '../options.js';
import type { ReplyInbox } from '../replies/reply-inbox.js';
import { untilReading } from '../replies/until-reading.js';

/** What is to be connected. */
export interface ConnectClientOptions {
  readonly transport: Transport;
  readonly service: KafkaService;
  readonly replies: ReplyInbox;
  readonly mode: TopicsMode;
  readonly connectionParams: KafkaClientOptions['connectionParams'];
}

/**
 * Resolves when calls can be sent and their replies are read, with what every call tells the server. That is asked for
 * last, once brokers have answered, as over a socket (client/src/links/wsLink/wsClient/wsConnection.ts).
 */
export async function connectClient(
  options: ConnectClientOptions,
  signal: AbortSignal,
): Promise<ConnectionParams> {
  const { transport, service, replies, mode, connectionParams } = options;
  const { requests, oneWay, control } = service.topics;
  const [found] = await Promise.all([
    ensureTopics(transport.driver, [requests, oneWay, control], mode),
    transport.driver.connect(),
    untilReading(replies, mode, signal),
  ]);
  signal.throwIfAborted();
  for (const { topic, partitions } of found.values()) transport.directory.learn(topic, partitions);
  return typeof connectionParams === 'function' ? await connectionParams() : connectionParams;
}
