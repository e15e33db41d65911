/** `pnpm bench:idle`: what a client and a server cost that have nothing to do, beside kafkajs as it comes. */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { markdownTable } from 'markdown-table';
import { openBrokers } from './broker/bench-brokers.ts';
import { parseCount } from './command/parse-count.ts';
import { type IdleFigures, runIdleBenchmark } from './idle/idle-benchmark.ts';

const options = new Command('bench:idle')
  .description('CPU time of processes that have nothing to do, as a part of one core.')
  .option('--rounds <count>', 'how often it is measured', parseCount, 5)
  .option('--seconds <count>', 'how long a round lasts', parseCount, 20)
  .option('--settle <seconds>', 'how long processes have to come to rest', parseCount, 10)
  .option('--profiles <folder>', 'where each process writes a CPU profile of one more round')
  .option('--brokers <hosts...>', 'Kafka to run on (default: KAFKA_BROKERS, else the embedded broker)')
  .parse()
  .opts<{ rounds: number; seconds: number; settle: number; profiles?: string; brokers?: string[] }>();

function format(brokers: string, figures: IdleFigures): string {
  const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
  const rows = Object.entries(figures).map(([role, shares]) => {
    const sorted = [...shares].sort((a, b) => a - b);
    return [role, percent(sorted[sorted.length >> 1]!), percent(sorted[0]!), percent(sorted.at(-1)!)];
  });
  return markdownTable([[`idle process, ${brokers}`, 'of one core, median', 'least', 'most'], ...rows], {
    align: ['l', 'r', 'r', 'r'],
  });
}

await using brokers = await openBrokers(options.brokers ?? process.env['KAFKA_BROKERS']?.split(',') ?? []);
const profiles = options.profiles === undefined ? undefined : resolve(options.profiles);
if (profiles !== undefined) mkdirSync(profiles, { recursive: true });
const figures = await runIdleBenchmark({
  brokers: brokers.addresses,
  rounds: options.rounds,
  durationMs: options.seconds * 1000,
  settleMs: options.settle * 1000,
  ...(profiles === undefined ? {} : { profiles }),
  onStep: (step) => void process.stderr.write(`${step}\n`),
});
process.stdout.write(`\n${format(brokers.name, figures)}\n`);
