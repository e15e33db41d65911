/** `trpc-kafka ls`: services, who serves them, and what they can do. */
import { isKafkaTransportError, type KafkaTransportError } from '@trpc-kafka/core';
import type { Command } from 'commander';
import { addConnectionOptions } from '../connection/connection-options.js';
import type { CommandOutput } from '../output/command-output.js';
import { exitWith } from '../output/exit-codes.js';
import { cell, drawTable } from '../output/table.js';
import { askService, type InstanceFacts, type ServiceFacts } from '../service/ask-service.js';
import { answerMs } from '../service/find-procedure.js';
import { findServices } from '../service/find-services.js';
import { type Target, withBrokers } from '../service/service-target.js';
import { durationOption, formatUptime } from '../values/parse-duration.js';
import { addAppOption } from './call-flags.js';

interface Flags {
  readonly procedures?: true;
  readonly timeout: number;
  readonly app: string;
  readonly json?: true;
}

interface Listing {
  readonly output: CommandOutput;
  readonly names: readonly string[];
  readonly flags: Flags;
}

const examples = `
Examples:
  $ trpc-kafka ls --brokers localhost:9092
  $ trpc-kafka ls flights
  $ trpc-kafka ls --json | jq -r 'select(.instances == []) | .service'

Instances answer by themselves, those with discovery: false do not. Procedures in parts of a router that are loaded
when they are first called are told of from then on. Exit code 6: no server of a service that was named answered.`;

/** Adds the command. */
export function addLsCommand(program: Command, output: CommandOutput): void {
  const command = program
    .command('ls')
    .description('lists services, their running instances, versions and procedures')
    .argument('[services...]', 'these, with their procedures; all where none is named')
    .option('--procedures', 'lists procedures also where no service is named')
    .addOption(
      durationOption('--timeout <time>', 'how long to wait for the first answer of a service', answerMs),
    )
    .option('--json', 'one JSON object a service')
    .addHelpText('after', examples);
  addConnectionOptions(addAppOption(command)).action(
    (names: readonly string[], flags: Flags, self: Command) =>
      withBrokers({ command: self, output }, (target) => list(target, { output, names, flags })),
  );
}

/** Each has an inbox of its own while it is asked. */
const askedAtOnce = 8;

async function list(target: Target, listing: Listing): Promise<void> {
  const { output, flags } = listing;
  const names = listing.names.length > 0 ? listing.names : await findServices(target);
  const found: ServiceFacts[] = [];
  let failures = 0;
  for (let from = 0; from < names.length; from += askedAtOnce) {
    output.progress(`asking services, ${from} of ${names.length} done`);
    const asked = names.slice(from, from + askedAtOnce).map((name) => ask(target, name, listing));
    for (const answer of await Promise.all(asked)) {
      if (isKafkaTransportError(answer)) failures++;
      else found.push(answer);
    }
  }
  if (flags.json === true) for (const each of found) output.write(`${JSON.stringify(each)}\n`);
  else print(found, listing);
  if (failures > 0) throw exitWith('incomplete');
  if (listing.names.length > 0 && found.some(({ instances }) => instances.length === 0)) {
    throw exitWith('noServer');
  }
}

/** One that cannot be asked must not hide the others, unless it was meant. */
async function ask(
  target: Target,
  name: string,
  { output, names, flags }: Listing,
): Promise<ServiceFacts | KafkaTransportError> {
  const { app, timeout: timeoutMs } = flags;
  try {
    return await askService(target, { name, app, timeoutMs, signal: output.stopped });
  } catch (error) {
    if (names.length > 0 || !isKafkaTransportError(error)) throw error;
    output.note(`${name}: ${error.message}\n`);
    return error;
  }
}

function print(found: readonly ServiceFacts[], { output, names, flags }: Listing): void {
  if (found.length === 0) {
    output.note('there are no services. A service is found by its topics, which its first server makes\n');
    return;
  }
  const rows = found.flatMap(({ service, instances }) =>
    instances.length === 0
      ? [[service, '(no server answered)']]
      : instances.map((instance) => [service, ...instanceCells(instance)]),
  );
  const head = ['SERVICE', ...instanceHead].slice(0, Math.max(...rows.map(({ length }) => length)));
  output.write(drawTable(head, rows));
  if (names.length === 0 && flags.procedures !== true) return;
  const procedures = found.flatMap(procedureRows);
  if (procedures.length > 0) {
    output.write(`\n${drawTable(['SERVICE', 'PROCEDURE', 'TYPE', 'META', 'INSTANCES'], procedures)}`);
  }
}

const instanceHead = ['INSTANCE', 'STATE', 'UP', 'SOFTWARE', 'CALLS', 'WAITING', 'STREAMS'];

function instanceCells(instance: InstanceFacts): string[] {
  const { id, state, upMs, software, calls, waiting, streams } = instance;
  const counts = [calls, waiting, streams].map(String);
  return [cell(id, 40), cell(state, 12), formatUptime(upMs), cell(software, 40), ...counts];
}

function procedureRows({ service, procedures, instances }: ServiceFacts): string[][] {
  return procedures.map((each) => [
    service,
    cell(each.path, 60),
    each.type,
    Object.keys(each.meta).join(', '),
    `${each.instances} of ${instances.length}`,
  ]);
}
