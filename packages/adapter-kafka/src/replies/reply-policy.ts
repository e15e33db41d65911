/** Which addresses replies may be written to: Kafka does not tell who wrote a request, so its address is not to be trusted. */
import { type KafkaService, KafkaTransportError } from '@trpc-kafka/core';
import type { InboxAddress, PartitionDirectory } from '@trpc-kafka/core/internal';

/** Decides on reply addresses. */
export interface ReplyPolicy {
  /** Decides at once where the topic's partitions are known; else after asking the brokers. `undefined`: allowed. */
  refusal(address: InboxAddress): KafkaTransportError | undefined | Promise<KafkaTransportError | undefined>;
}

/** Options of {@link createReplyPolicy}. */
export interface ReplyPolicyOptions {
  readonly service: KafkaService;
  readonly directory: PartitionDirectory;
  readonly allowedReplyTopics: readonly string[] | undefined;
}

/** Makes a policy. */
export function createReplyPolicy(options: ReplyPolicyOptions): ReplyPolicy {
  const { service, directory } = options;
  const { replies, ...others } = service.topics;
  const forbidden = new Set(Object.values(others).map((settings) => settings.topic));
  const allowed = options.allowedReplyTopics === undefined ? undefined : new Set(options.allowedReplyTopics);

  function isAllowed(topic: string): boolean {
    if (forbidden.has(topic)) return false;
    return allowed?.has(topic) ?? (topic.endsWith('.replies') || topic === replies.topic);
  }

  async function lookUp(address: InboxAddress): Promise<KafkaTransportError | undefined> {
    const partitions = await directory.lookUp(address.topic);
    return partitions !== undefined && address.partition < partitions
      ? undefined
      : missing(address, partitions);
  }

  return {
    refusal(address) {
      if (!isAllowed(address.topic)) return refused(address);
      const partitions = directory.known(address.topic);
      return partitions !== undefined && address.partition < partitions ? undefined : lookUp(address);
    },
  };
}

function refused(address: InboxAddress): KafkaTransportError {
  return new KafkaTransportError({
    code: 'ADDRESS_REFUSED',
    message: `a caller wants its reply in topic ${address.topic}, which is not allowed. Name it in allowedReplyTopics if it is right; by default topics that end in ".replies" are`,
  });
}

function missing(address: InboxAddress, partitions: number | undefined): KafkaTransportError {
  const found = partitions === undefined ? 'does not exist' : `has ${partitions} partitions`;
  return new KafkaTransportError({
    code: 'ADDRESS_REFUSED',
    message: `a caller wants its reply in ${address.topic}[${address.partition}], but the topic ${found}`,
  });
}
