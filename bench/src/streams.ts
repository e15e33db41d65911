/** `pnpm bench:streams`: what an open stream costs. */
import { Command } from 'commander';
import { parseCount } from './command/parse-count.ts';
import { runStreamBenchmark } from './streams/stream-benchmark.ts';
import { formatStreamFigures } from './streams/stream-report.ts';

const namedBrokers = process.env['KAFKA_BROKERS']?.split(',') ?? [];
const program = new Command('bench:streams')
  .description('What an open stream costs a server and a client, idle and with an item now and then.')
  .option('--streams <count>', 'how many', parseCount, 10_000)
  .option('--idle <seconds>', 'how long to watch them idle', parseCount, 20)
  .option('--items <count>', 'how many items each gets', parseCount, 3)
  .option('--every <seconds>', 'how often it gets one', parseCount, 10)
  .option('--brokers <hosts...>', 'Kafka to run on (default: KAFKA_BROKERS, else the embedded broker)')
  .option('--snapshots <folder>', 'write heap snapshots of server and client while all are open')
  .parse();
const options = program.opts<{
  streams: number;
  idle: number;
  items: number;
  every: number;
  brokers?: string[];
  snapshots?: string;
}>();

const measured = {
  streams: options.streams,
  idleMs: options.idle * 1000,
  items: options.items,
  periodMs: options.every * 1000,
  brokers: options.brokers ?? namedBrokers,
  snapshots: options.snapshots,
  onStep: (step: string) => void process.stderr.write(`${step}\n`),
};
const figures = await runStreamBenchmark(measured);
process.stdout.write(`\n${formatStreamFigures(measured, figures)}\n`);
