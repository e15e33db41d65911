/** One instance of the flights service over Kafka; start as many as you like. */
import { createFlightsContext } from './flights-context.js';
import { announceReady, closeOnExit, runMain } from './process/life.js';
import { demandBrokers, readSettings } from './process/settings.js';
import { serveOverKafka } from './serve/over-kafka.js';

const log = (line: string): boolean => process.stdout.write(`${line}\n`);

runMain(async () => {
  const settings = readSettings(process.env);
  const brokers = demandBrokers(settings);
  const context = await createFlightsContext({ ...settings, log });
  const serving = await serveOverKafka(context, brokers);
  closeOnExit(serving);
  announceReady(`Kafka at ${brokers.join(',')}`);
});
