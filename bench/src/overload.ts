/** `pnpm bench:overload`: what a server answers that is asked more than it can do. */
import { Command, InvalidArgumentError } from 'commander';
import { parseCount } from './command/parse-count.ts';
import { type OverloadOptions, runOverloadBenchmark } from './overload/overload-benchmark.ts';
import { formatOverloadFigures } from './overload/overload-report.ts';

function parseTimes(text: string): readonly number[] {
  const times = text.split(',').map(Number);
  if (times.some((each) => !(each > 0))) throw new InvalidArgumentError('Numbers above 0, with commas.');
  return times;
}

const program = new Command('bench:overload')
  .description('What a server answers in time when it is asked more than it can do.')
  .option('--resolver <ms>', 'how long a resolver takes', parseCount, 20)
  .option('--limit <count>', 'how many the server runs at a time', parseCount, 50)
  .option('--timeout <ms>', 'how long callers wait', parseCount, 500)
  .option('--times <list>', 'how many times the capacity is asked for', parseTimes, [0.8, 3])
  .option('--seconds <count>', 'how long each load lasts', parseCount, 10)
  .option('--brokers <hosts...>', 'Kafka to run on (default: KAFKA_BROKERS, else the embedded broker)')
  .parse();
const options = program.opts<{
  resolver: number;
  limit: number;
  timeout: number;
  times: readonly number[];
  seconds: number;
  brokers?: string[];
}>();

const measured: OverloadOptions = {
  resolverMs: options.resolver,
  maxConcurrentCalls: options.limit,
  timeoutMs: options.timeout,
  times: options.times,
  durationMs: options.seconds * 1000,
  brokers: options.brokers ?? process.env['KAFKA_BROKERS']?.split(',') ?? [],
  onStep: (step) => void process.stderr.write(`${step}\n`),
};
process.stdout.write(`\n${formatOverloadFigures(measured, await runOverloadBenchmark(measured))}\n`);
