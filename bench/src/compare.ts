/** `pnpm bench`: calls and streams of trpc-kafka beside those of its rivals, in one run on one machine. */
import { readFile, writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { parseCount } from './command/parse-count.ts';
import { fullPlan, quickPlan } from './comparison/plan.ts';
import { type DriverName, driverNames } from './contestants/drivers.ts';
import { chooseContestants } from './contestants/index.ts';
import { formatResults, writeReport } from './report/report.ts';
import { type MeasureName, measureNames, type Results } from './results/results.ts';
import { takeResults } from './results/take-results.ts';

const program = new Command('bench')
  .description(
    'Calls, streams and what they cost, beside rivals and bare Kafka clients: in one run, in shuffled order.',
  )
  .option('--quick', 'three minutes instead of fifteen: to look at, not to publish')
  .option('--embedded', 'on the embedded broker instead of a real Kafka')
  .option('--nodes <count>', 'of the Kafka that is started, unless KAFKA_BROKERS names one', parseCount, 1)
  .addOption(
    new Option('--driver <name>', 'trpc-kafka on this driver only (default: on all)').choices(driverNames),
  )
  .option('--only <names...>', 'contestants whose names contain one of these')
  .addOption(
    new Option('--measures <names...>', 'what is measured').choices(measureNames).default(measureNames),
  )
  .option('--rounds <count>', 'how often each contestant has its turn', parseCount)
  .option('--seed <number>', 'of the order of turns (default: another one each time)', parseCount)
  .option('--report', 'write RESULTS.md and the chart')
  .option('--save <file>', 'write all figures as JSON')
  .option('--from <file>', 'report figures that were saved, instead of measuring')
  .parse();
const options = program.opts<{
  quick?: true;
  embedded?: true;
  nodes: number;
  driver?: DriverName;
  only?: string[];
  measures: MeasureName[];
  rounds?: number;
  seed?: number;
  report?: true;
  save?: string;
  from?: string;
}>();

async function take(): Promise<Results> {
  const plan = options.quick ? quickPlan : fullPlan;
  const seed = options.seed ?? Math.floor(Math.random() * 1_000_000) + 1;
  process.stderr.write(`seed ${seed}\n`);
  return await takeResults({
    plan: { ...plan, rounds: options.rounds ?? plan.rounds },
    isQuick: options.quick === true,
    seed,
    contestants: chooseContestants(options),
    driver: options.driver ?? 'kafkajs',
    measures: options.measures,
    embedded: options.embedded === true,
    nodes: options.nodes,
    onStep: (step) => void process.stderr.write(`${step}\n`),
  });
}

const results =
  options.from === undefined ? await take() : (JSON.parse(await readFile(options.from, 'utf8')) as Results);
if (options.save !== undefined) await writeFile(options.save, `${JSON.stringify(results, null, 1)}\n`);
if (options.report) await writeReport(results);
process.stdout.write(`\n${formatResults(results)}\n`);
