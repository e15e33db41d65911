/** `pnpm start`: a broker, the service, and three who call it. Ends by itself. */
import { createTRPCClient } from '@trpc/client';
import type { RecordInterceptor } from '@trpc-kafka/core';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { createKafkaClient, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import type { AppRouter } from './router.js';
import { serve } from './serve.js';
import { signCalls } from './sign-calls.js';

await using broker = await createDevBroker();
const kafka = new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING });
const secrets = new Map([
  ['operations', 'a secret of operations'],
  ['checkout', 'a secret of checkout'],
]);
const handler = serve(kafka, secrets);
await handler.ready();

async function tryToCancel(who: string, interceptors: readonly RecordInterceptor[]): Promise<void> {
  const kafkaClient = createKafkaClient({ kafka, service: 'flights', interceptors });
  const client = createTRPCClient<AppRouter>({ links: [kafkaLink({ client: kafkaClient })] });
  const outcome = await client.cancelFlight.mutate().catch((error: Error) => error.message);
  process.stdout.write(`${who.padEnd(12)} ${outcome}\n`);
  await kafkaClient.close();
}

await tryToCancel('operations', [signCalls({ caller: 'operations', secret: secrets.get('operations')! })]);
await tryToCancel('checkout', [signCalls({ caller: 'checkout', secret: secrets.get('checkout')! })]);
await tryToCancel('a forger', [signCalls({ caller: 'operations', secret: 'a guess' })]);
await tryToCancel('nobody', []);
await handler.close();
