import { createTRPCClient } from '@trpc/client';
import { createKafkaClient, createKafkaEmitter, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import superjson from 'superjson';
import { flightsService } from '../flights-service.js';
import type { AppRouter } from '../router.js';
import type { FlightsConnection } from './flights-connection.js';

/** Connects to the flights service over Kafka. */
export function connectOverKafka(brokers: readonly string[]): FlightsConnection {
  const kafka = new Kafka({ clientId: 'flights-demo', brokers: [...brokers], logLevel: logLevel.NOTHING });
  const kafkaClient = createKafkaClient({ kafka, service: flightsService, app: 'flights-demo' });
  const client = createTRPCClient<AppRouter>({
    links: [kafkaLink({ client: kafkaClient, transformer: superjson })],
  });
  const emitter = createKafkaEmitter<AppRouter>({ client: kafkaClient, transformer: superjson });
  return {
    transport: 'Kafka',
    client,
    audit: async (entry) => {
      await emitter.bookings.audit(entry, { key: entry.reference, idempotencyKey: entry.id });
    },
    auditCall: 'emitter.bookings.audit(entry, { key, idempotencyKey })',
    close: () => kafkaClient.close(),
  };
}
