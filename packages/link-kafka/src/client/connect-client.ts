/** What connecting a client means: its producer, the service's topics, its inbox. In parallel, since each is a round trip or more. */
import type { KafkaService } from '@trpc-kafka/core';
import { ensureTopics, type Inbox, type TopicsMode, type TransportLease } from '@trpc-kafka/core/internal';
import type { ReplyInbox } from '../replies/reply-inbox.js';

/** What is to be connected. */
export interface ConnectClientOptions {
  readonly transport: TransportLease;
  readonly service: KafkaService;
  readonly replies: ReplyInbox;
  readonly mode: TopicsMode;
}

/** Resolves with the inbox when calls can be sent and their replies will be read. */
export async function connectClient(options: ConnectClientOptions): Promise<Inbox> {
  const { transport, service, replies, mode } = options;
  const { requests, oneWay, control } = service.topics;
  const [inbox, found] = await Promise.all([
    replies.open(mode),
    ensureTopics(transport.driver, [requests, oneWay, control], mode),
    transport.driver.connect(),
  ]);
  for (const { topic, partitions } of found.values()) transport.directory.learn(topic, partitions);
  return inbox;
}
