/** The process of a pod: serves the router, answers probes, ends in order. */
import { applyKafkaHandler } from '@trpc-kafka/adapter';
import { closeOnSignal } from '@trpc-kafka/core';
import { createHealthServer } from '@trpc-kafka/core/health';
import { Kafka, logLevel } from 'kafkajs';
import { appRouter } from './router.js';
import { readSettings } from './settings.js';

const { brokers, healthPort, graceMs, checkTimeoutMs } = readSettings(process.env);
const kafka = new Kafka({ clientId: 'flights', brokers, logLevel: logLevel.NOTHING });
const handler = applyKafkaHandler({ kafka, service: 'flights', router: appRouter });
const healthServer = createHealthServer({ port: healthPort, checkTimeoutMs, checks: { handler } });
// The health server last: probes see how the handler closes.
closeOnSignal([handler, healthServer], { graceMs, onClosing: () => healthServer.drain() });

handler.ready().catch((error: Error) => {
  if (handler.health().alive) return; // It was told to close before it was ready.
  // The startup probe is patient, so this ends by itself what a restart may cure.
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
await healthServer.ready();
process.stdout.write(`probes are answered at port ${healthServer.address()?.port}\n`);
