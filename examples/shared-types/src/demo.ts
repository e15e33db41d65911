/** From one repository to the other: publish the types, install them, type-check a client against them, let it call. */
import { filesInTarball, packedPackages } from '../../../scripts/packages/packed-packages.js';
import { cloneCheckout } from './checkout.js';
import { findBrokers } from './find-brokers.js';
import { startFlightsServer } from './flights-server.js';
import { publishApi } from './publish-api.js';

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  say('trpc-kafka: one router, two repositories\n');
  await using brokers = await findBrokers(process.env['KAFKA_BROKERS']);
  say(`  brokers   ${brokers.description}`);
  await using server = await startFlightsServer(brokers.addresses);
  say(`  flights   serves its router, in process ${server.pid}`);
  await using release = await publishApi();
  say('  flights   publishes @acme/flights-api:');
  for (const file of (await filesInTarball(release.tarball)).sort()) say(`              ${file}`);

  say('  checkout  installs it, and trpc-kafka, which is packed here since it is not published yet');
  await using checkout = await cloneCheckout({ api: release.tarball, packages: await packedPackages() });
  say(`            in ${checkout.path}`);
  await checkout.build();
  say('  checkout  compiles its program against the types, and runs it:\n');
  const { stdout } = await checkout.start(brokers.addresses);
  say(stdout.trimEnd().replace(/^/gm, '    '));
  say('\nDone. The client has no line of the service, and all of its types.');
}

main().catch((error: unknown) => {
  process.stderr.write(`\nStopped: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
