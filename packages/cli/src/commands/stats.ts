/** `trpc-kafka stats`: what each instance of a service has to do, and how far its groups are behind. */
import type { Command } from 'commander';
import { addConnectionOptions } from '../connection/connection-options.js';
import type { CommandOutput } from '../output/command-output.js';
import { cell, drawTable } from '../output/table.js';
import { askService, type InstanceFacts } from '../service/ask-service.js';
import { answerMs, noServer } from '../service/find-procedure.js';
import { type GroupLag, lagOver, readLag } from '../service/group-lag.js';
import { withBrokers } from '../service/service-target.js';
import { durationOption, formatUptime } from '../values/parse-duration.js';
import { addAppOption } from './call-flags.js';

interface Flags {
  readonly timeout: number;
  readonly app: string;
  readonly json?: true;
}

const examples = `
Examples:
  $ trpc-kafka stats flights --brokers localhost:9092
  $ watch trpc-kafka stats flights
  $ trpc-kafka stats flights --json | jq '[.instances[].calls] | add'

CALLS run, WAITING wait for their turn, STREAMS are open. LAG counts records that are not committed: of an instance in
the partitions that it has, of a group in all. A call is committed when it is answered: those that run are in the lag.
- where a group has committed nothing yet.`;

/** Adds the command. */
export function addStatsCommand(program: Command, output: CommandOutput): void {
  const command = program
    .command('stats')
    .description('shows the load of each instance, and the lag of the groups')
    .argument('<service>', "the service's name")
    .addOption(durationOption('--timeout <time>', 'how long to wait for the first answer', answerMs))
    .option('--json', 'as JSON')
    .addHelpText('after', examples);
  addConnectionOptions(addAppOption(command)).action((name: string, flags: Flags, self: Command) =>
    withBrokers({ command: self, output }, async (target) => {
      const { app, timeout: timeoutMs } = flags;
      output.progress(`asking servers of ${name}`);
      const { instances } = await askService(target, { name, app, timeoutMs, signal: output.stopped });
      output.progress('looking at offsets');
      const groups = await readLag(target, target.define(name));
      if (flags.json === true) output.write(`${JSON.stringify({ service: name, instances, groups })}\n`);
      else print(output, instances, groups);
      // The lag of a service without a server is worth knowing, too.
      if (instances.length === 0) throw noServer(name, timeoutMs);
    }),
  );
}

const heads = {
  instances: ['INSTANCE', 'STATE', 'UP', 'CALLS', 'WAITING', 'STREAMS', 'PARTITIONS', 'LAG'],
  groups: ['GROUP', 'TOPIC', 'PARTITIONS', 'UNSERVED', 'LAG'],
};

function print(
  output: CommandOutput,
  instances: readonly InstanceFacts[],
  groups: readonly GroupLag[],
): void {
  if (instances.length > 0) {
    output.write(
      `${drawTable(
        heads.instances,
        instances.map((each) => instanceRow(each, groups)),
      )}\n`,
    );
  }
  output.write(
    drawTable(
      heads.groups,
      groups.map((each) => groupRow(each, instances)),
    ),
  );
}

function instanceRow(instance: InstanceFacts, groups: readonly GroupLag[]): string[] {
  const { id, state, upMs, calls, waiting, streams } = instance;
  const has = groups.map((group) => ({ group, partitions: partitionsOf(instance, group.topic) }));
  const lags = has.map(({ group, partitions }) => lagOver(group, partitions));
  const known = lags.filter((lag) => lag !== null);
  const lag = known.length === 0 ? null : known.reduce((sum, each) => sum + each, 0);
  const counts = [calls, waiting, streams].map(String);
  const partitions = has.map((each) => each.partitions.length).join(' + ');
  return [cell(id, 40), cell(state, 12), formatUptime(upMs), ...counts, partitions, lagText(lag)];
}

function groupRow(group: GroupLag, instances: readonly InstanceFacts[]): string[] {
  const all = Object.keys(group.partitions).length;
  const served = new Set(instances.flatMap((instance) => partitionsOf(instance, group.topic)));
  return [group.group, group.topic, String(all), String(all - served.size), lagText(lagOver(group))];
}

function partitionsOf({ assigned }: InstanceFacts, topic: string): readonly number[] {
  return assigned.find((each) => each.topic === topic)?.partitions ?? [];
}

function lagText(lag: number | null): string {
  return lag === null ? '-' : String(lag);
}
