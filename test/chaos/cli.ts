/** `pnpm chaos --minutes 30 --seed 7`: a long run, with a report at its end. Its exit code is 1 when something was violated. */
import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { formatReport } from './report.ts';
import { runChaos } from './run-chaos.ts';

interface ChaosCliOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly rate: number;
  readonly embedded: boolean;
  readonly report?: string;
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}

const options = new Command('chaos')
  .description(
    'Calls and streams while servers, clients, lines and brokers fail, and a look at what became of each.',
  )
  .option('--minutes <minutes>', 'how long things go wrong', positive, 2)
  .option(
    '--seed <number>',
    'what goes wrong, and when: a run with the same seed has the same plan',
    positive,
    Date.now() % 1_000_000,
  )
  .option('--rate <calls>', 'calls a second', positive, 100)
  .option('--embedded', 'with embedded brokers instead of a real Kafka of three nodes', false)
  .option('--report <file>', 'write the report there, too')
  .parse()
  .opts<ChaosCliOptions>();

const ending = new AbortController();
process.once('SIGINT', () => {
  process.stderr.write('ending early; once more to end at once\n');
  ending.abort();
});

const report = await runChaos({
  cluster: options.embedded ? 'embedded' : 'real',
  seed: options.seed,
  totalMs: options.minutes * 60_000,
  servers: 3,
  clients: 2,
  callsPerSecond: options.rate,
  streamsPerClient: 25,
  signal: ending.signal,
  onStep: (step) => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${step}\n`),
});
const text = formatReport(report);
process.stdout.write(text);
if (options.report !== undefined) await writeFile(options.report, text);
process.exitCode = report.violations.length === 0 ? 0 : 1;
