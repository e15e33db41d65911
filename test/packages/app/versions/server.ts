/** A server of one version: `node server.js <service> <broker> ...`. Prints `ready`; leaves in order when its input ends. */
import { applyKafkaHandler } from '@trpc-kafka/adapter';
import { Kafka, logLevel } from 'kafkajs';
import { skewRouter } from './skew-router.js';

async function main(): Promise<void> {
  const [service = '', ...brokers] = process.argv.slice(2);
  const handler = applyKafkaHandler({
    kafka: new Kafka({ brokers, logLevel: logLevel.NOTHING }),
    service,
    router: skewRouter,
    createContext: ({ req, info }) => ({
      headers: req.headers,
      token: info.connectionParams?.['token'],
      idempotencyKey: req.idempotencyKey,
    }),
  });
  await handler.ready();
  process.stdout.write('ready\n');
  process.stdin.on('end', () => void handler.close()).resume();
}

void main();
