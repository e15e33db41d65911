/** A client of one version, as both programs that call need it. */
import { createTRPCClient, type TRPCClient } from '@trpc/client';
import {
  createKafkaClient,
  createKafkaEmitter,
  type KafkaClient,
  type KafkaEmitter,
  kafkaLink,
} from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import type { SkewRouter } from './skew-router.js';

/** What calls. */
export interface SkewClient {
  readonly trpc: TRPCClient<SkewRouter>;
  readonly emitter: KafkaEmitter<SkewRouter['_def']['record']>;
  readonly kafkaClient: KafkaClient;
}

/** Connects to a service. */
export function connect(service: string, brokers: readonly string[]): SkewClient {
  const kafkaClient = createKafkaClient({
    kafka: new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }),
    service,
    app: `${service}-app`,
    timeoutMs: 60_000,
    connectionParams: { token: 'secret' },
  });
  const trpc = createTRPCClient<SkewRouter>({
    links: [kafkaLink({ client: kafkaClient, headers: { user: 'ada' } })],
  });
  return { trpc, emitter: createKafkaEmitter<SkewRouter>({ client: kafkaClient }), kafkaClient };
}
