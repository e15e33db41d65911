/** The start of a pair: not for ever, and not on a broker that is gone. Handler and client themselves wait for brokers as long as it takes. */
import { connect } from 'node:net';
import type { KafkaHandler } from '@trpc-kafka/adapter';
import { KafkaTransportError } from '@trpc-kafka/core';
import { within } from '@trpc-kafka/core/internal';
import type { DevBroker } from '@trpc-kafka/dev-broker';
import type { KafkaClient } from '@trpc-kafka/link';

/** What is started. */
export interface PairStart {
  readonly handler: KafkaHandler;
  readonly kafkaClient: KafkaClient;
  readonly brokers: readonly string[];
  readonly timeoutMs: number;
}

/** Resolves when both sides are ready. @throws what one of them says of a start that cannot succeed; KafkaTransportError `TIMEOUT`. */
export async function whenPairReady({ handler, kafkaClient, brokers, timeoutMs }: PairStart): Promise<void> {
  let obstacle: Error | undefined;
  const removeListener = kafkaClient.on((event) => {
    if (event.type === 'connect-failed') obstacle = event.error;
  });
  let isReady = false;
  const ready = Promise.all([handler.ready(), kafkaClient.ready()]).then(() => {
    isReady = true;
  });
  try {
    await within(timeoutMs, ready);
  } finally {
    removeListener();
  }
  if (isReady) return;
  // Closing will reject it: nobody is to be told of that.
  ready.catch(() => {});
  throw new KafkaTransportError({
    code: 'TIMEOUT',
    cause: obstacle,
    message: `the pair was not ready within ${timeoutMs} ms (readyTimeoutMs): ${obstacle?.message ?? 'its broker takes connections but does not answer'}. Look at the faults and paused nodes of the broker at ${brokers.join(', ')}`,
  });
}

/** @throws KafkaTransportError `BROKERS_UNREACHABLE` at once, where no node of a broker takes connections. */
export async function assertBrokerOpen({ brokers }: DevBroker): Promise<void> {
  const open = await Promise.all(brokers.map(isOpen));
  if (open.includes(true)) return;
  throw new KafkaTransportError({
    code: 'BROKERS_UNREACHABLE',
    message: `the broker that was given to createTestPair is closed, or its nodes are stopped: nobody listens at ${brokers.join(', ')}. Close a broker after the pairs that share it`,
  });
}

async function isOpen(address: string): Promise<boolean> {
  const at = address.lastIndexOf(':');
  const socket = connect({ host: address.slice(0, at), port: Number(address.slice(at + 1)) });
  const connected = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  socket.destroy();
  return connected;
}
