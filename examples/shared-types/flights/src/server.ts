/** Serves the router over Kafka: `KAFKA_BROKERS=host:9092 node --import tsx flights/src/server.ts`. */
import { applyKafkaHandler } from '@trpc-kafka/adapter';
import { Kafka, logLevel } from 'kafkajs';
import { flightService } from './flight-service.js';
import { createMemoryFlightBoard } from './memory-flight-board.js';
import { flightRouter } from './router.js';

const brokers = (process.env['KAFKA_BROKERS'] ?? 'localhost:9092').split(',');
const board = createMemoryFlightBoard();
const handler = applyKafkaHandler({
  kafka: new Kafka({ clientId: 'flights', brokers, logLevel: logLevel.NOTHING }),
  service: flightService,
  router: flightRouter,
  createContext: ({ req }) => ({ caller: req.headers['x-app'] ?? 'somebody', board }),
});

const close = (): void => void handler.close({ graceMs: 2_000 }).then(() => process.exit());
process.once('SIGTERM', close);
process.once('SIGINT', close);
// Whoever started it may be gone without a word.
process.once('disconnect', close);

await handler.ready();
process.stdout.write('the flights service is ready\n');
