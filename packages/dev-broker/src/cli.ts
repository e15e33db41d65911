#!/usr/bin/env node
/**
 * `npx @trpc-kafka/dev-broker`: runs a dev broker until it is told to stop.
 *
 * Owns: output and signals. Must not know: what the flags mean.
 */
import { parseOptions } from './cli/parse-options.js';
import { createDevBroker } from './dev-broker.js';

async function main(): Promise<void> {
  const broker = await createDevBroker(parseOptions(process.argv));
  const stop = (): void => void broker.close();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  // The first line is for programs: it is exactly what clients take as their list of brokers.
  process.stdout.write(`${broker.brokers.join(',')}\n`);
  process.stderr.write(
    'In-memory Kafka is ready, for demos and tests only. Ctrl-C ends it, and its data with it.\n',
  );
}

main().catch((error: unknown) => {
  process.stderr.write(`dev-broker: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
