/** A server and a client of the flights router, put together by hand, on a broker of their own. */
import { createTRPCClient, type TRPCClient, type TRPCLink } from '@trpc/client';
import type { TRPCError } from '@trpc/server';
import { applyKafkaHandler } from '@trpc-kafka/adapter';
import { defineKafkaService } from '@trpc-kafka/core';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import {
  createKafkaClient,
  createKafkaEmitter,
  type KafkaClient,
  type KafkaEmitter,
  kafkaLink,
} from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { type FlightsRouter, flightsRouter } from './flights-router.js';

/** What a case is done with. */
export interface Airline {
  readonly client: TRPCClient<FlightsRouter>;
  readonly kafkaClient: KafkaClient;
  readonly emitter: KafkaEmitter<FlightsRouter['_def']['record']>;
  /** What `onError` was told. */
  readonly errors: readonly TRPCError[];
  readonly connect: (link: TRPCLink<FlightsRouter>) => TRPCClient<FlightsRouter>;
}

/** Does something with an airline, which is closed afterwards. */
export async function withAirline(work: (airline: Airline) => Promise<void>): Promise<void> {
  const broker = await createDevBroker();
  const createKafka = (): Kafka => new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING });
  const service = defineKafkaService({ name: 'flights' });
  const errors: TRPCError[] = [];
  const handler = applyKafkaHandler({
    kafka: createKafka(),
    service,
    router: flightsRouter,
    createContext: ({ req }) => ({ user: req.headers['user'] }),
    onError: ({ error }) => void errors.push(error),
  });
  const kafkaClient = createKafkaClient({ kafka: createKafka(), service, app: 'checkout' });
  const connect = (link: TRPCLink<FlightsRouter>): TRPCClient<FlightsRouter> =>
    createTRPCClient<FlightsRouter>({ links: [link] });
  try {
    await handler.ready();
    const client = connect(kafkaLink({ client: kafkaClient, headers: { user: 'ada' } }));
    const emitter = createKafkaEmitter<FlightsRouter>({ client: kafkaClient });
    await work({ client, kafkaClient, emitter, errors, connect });
  } finally {
    await kafkaClient.close();
    await handler.close({ graceMs: 0 });
    await broker.close();
  }
}
