import { applyKafkaHandler } from '@trpc-kafka/adapter';
import { Kafka, logLevel } from 'kafkajs';
import type { FlightsContext } from '../flights-context.js';
import { flightsService } from '../flights-service.js';
import { appRouter } from '../router.js';
import { createTransportLogger } from './transport-logger.js';

/** A running server instance. */
export interface KafkaServing {
  close(): Promise<void>;
}

/** Serves the router from Kafka; resolves when a call made now is answered. */
export async function serveOverKafka(context: FlightsContext, brokers: string[]): Promise<KafkaServing> {
  const kafka = new Kafka({ clientId: context.instance, brokers, logLevel: logLevel.NOTHING });
  const handler = applyKafkaHandler({
    kafka,
    service: flightsService,
    router: appRouter,
    createContext: () => context,
    logger: createTransportLogger(context.log),
  });
  await handler.ready();
  return { close: () => handler.close({ graceMs: 2_000 }) };
}
