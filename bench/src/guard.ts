/** `pnpm bench:guard`: fails when calls cost much more than a bare ping-pong over the same client. Half a minute. */
import { Command } from 'commander';
import { openComparedBrokers } from './broker/compared-brokers.ts';
import { guard } from './guard/guard.ts';

const program = new Command('bench:guard')
  .description('Fails when calls cost much more than a bare ping-pong over the same client; ratios only.')
  .option('--embedded', 'on the embedded broker instead of a real Kafka')
  .parse();
const { embedded = false } = program.opts<{ embedded?: true }>();
await using brokers = await openComparedBrokers({ embedded, nodes: 1 });
const verdict = await guard({
  brokers: brokers.addresses,
  onStep: (step) => void process.stderr.write(`${step}\n`),
});
for (const { what, goal, text, isMet } of verdict) {
  process.stdout.write(`${isMet ? '✓' : '✗'} ${what}: ${text}, wanted ${goal}\n`);
}
if (!verdict.every(({ isMet }) => isMet)) process.exitCode = 1;
