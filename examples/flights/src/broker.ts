/** The embedded broker, in a process of its own: it speaks Kafka's protocol, so nothing else knows that it is no Kafka. */
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { announceReady, closeOnExit, runMain } from './process/life.js';
import { readSettings } from './process/settings.js';

runMain(async () => {
  const broker = await createDevBroker({ port: readSettings(process.env).port });
  closeOnExit(broker);
  announceReady(broker.brokers.join(','));
});
