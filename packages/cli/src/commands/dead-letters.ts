/** `trpc-kafka dead-letters`: one-way calls that were given up, shown and replayed. */
import { type DeadLetter, type DeadLettersQuery, listDeadLetters, replayDeadLetters } from '@trpc-kafka/core';
import { createHeaderTest, defaultSensitiveHeaders } from '@trpc-kafka/core/internal';
import { type Command, InvalidArgumentError } from 'commander';
import { addConnectionOptions, readConnection } from '../connection/connection-options.js';
import type { CommandOutput } from '../output/command-output.js';
import { exitWith } from '../output/exit-codes.js';
import { cell, drawTable } from '../output/table.js';
import { parseTime } from '../values/parse-time.js';
import { headerOption, toCount } from '../values/parse-values.js';

interface FilterFlags {
  readonly path?: string;
  readonly code?: string;
  readonly since?: number;
  readonly until?: number;
  readonly json?: true;
}

interface ListFlags extends FilterFlags {
  readonly replayed?: true;
  readonly limit: number;
}

interface ReplayFlags extends FilterFlags {
  readonly all?: true;
  readonly dryRun?: true;
  readonly header: Readonly<Record<string, string>>;
}

type Place = NonNullable<NonNullable<DeadLettersQuery['filter']>['at']>[number];

/** Adds the commands. */
export function addDeadLetterCommands(program: Command, output: CommandOutput): void {
  const letters = program
    .command('dead-letters')
    .description('one-way calls that could not be carried out: list, show, replay');
  const add = (name: string, description: string): Command =>
    letters.command(name).description(description).argument('<service>', "the service's name");

  addFilters(add('list', 'lists dead letters, the oldest first'))
    .option('--replayed', 'also those that were replayed')
    .option('-n, --limit <count>', 'so many at most', toCount, 1000)
    .action((_service: string, flags: ListFlags, command: Command) =>
      list(output, { query: queryOf(command, flags), flags }),
    );
  addConnectionOptions(
    add('show', 'shows one dead letter with its input and headers')
      .argument('<place>', 'its place in the dead-letter topic, as listed: partition/offset', toPlace)
      .option('--json', 'as JSON'),
  ).action((...[, place, flags, command]: [string, Place, FilterFlags, Command]) =>
    show(output, { query: queryOf(command, {}, { at: [place], replayed: true }), json: flags.json }),
  );
  addFilters(add('replay', 'writes dead letters to the one-way topic again, each once'))
    .argument('[places...]', 'those at these places, as listed: partition/offset', addPlace)
    .option('--all', 'all of them')
    .option('--dry-run', 'only say which')
    .addOption(headerOption('add a header to the calls'))
    .action((...[, places, flags, command]: [string, readonly Place[], ReplayFlags, Command]) => {
      const { all, path, code, since, until } = flags;
      if (places.length === 0 && ![all, path, code, since, until].some((each) => each !== undefined)) {
        command.error('error: say which: places, --path, --code, --since, --until, or --all');
      }
      const query = queryOf(command, flags, places.length === 0 ? {} : { at: places });
      return flags.dryRun === true
        ? list(output, { query, flags: { ...flags, limit: Number.POSITIVE_INFINITY } })
        : replay(output, { query, flags });
    });
}

function addFilters(command: Command): Command {
  return addConnectionOptions(
    command
      .option('--path <path>', 'of this procedure, or of a router: bookings.*')
      .option('--code <code>', 'given up for this reason: NOT_FOUND')
      .option('--since <time>', 'given up at this time or later: 2026-07-01T08:00Z, or 2h ago', parseTime)
      .option('--until <time>', 'given up before this time', parseTime)
      .option('--json', 'one JSON object a line'),
  );
}

function queryOf(
  command: Command,
  flags: FilterFlags,
  filter: DeadLettersQuery['filter'] & { replayed?: boolean } = {},
): DeadLettersQuery {
  const { path, code, since, until } = flags;
  const { replayed } = flags as ListFlags;
  const { kafka, define } = readConnection(command);
  return {
    kafka,
    service: define(command.args[0] ?? ''),
    filter: {
      ...filter,
      ...(path === undefined ? {} : { path }),
      ...(code === undefined ? {} : { code }),
      ...(since === undefined ? {} : { sinceMs: since }),
      ...(until === undefined ? {} : { untilMs: until }),
      ...(replayed === undefined ? {} : { replayed }),
    },
  };
}

async function list(
  output: CommandOutput,
  { query, flags }: { query: DeadLettersQuery; flags: Pick<ListFlags, 'json' | 'limit'> },
): Promise<void> {
  const rows: string[][] = [];
  let count = 0;
  for await (const letter of listDeadLetters({ ...query, signal: output.stopped })) {
    if (count === flags.limit) {
      output.note(`there are more than ${flags.limit}: say --limit, or ask for fewer\n`);
      break;
    }
    count++;
    if (flags.json === true) output.write(`${JSON.stringify(toJson(letter))}\n`);
    else rows.push(toRow(letter));
  }
  if (flags.json === true) return;
  if (count === 0) output.note('no dead letters\n');
  else
    output.write(drawTable(['PLACE', 'WHEN', 'PROCEDURE', 'CODE', 'ATTEMPTS', 'REPLAYED TO', 'WHY'], rows));
}

async function show(
  output: CommandOutput,
  { query, json }: { query: DeadLettersQuery; json: true | undefined },
): Promise<void> {
  for await (const letter of listDeadLetters({ ...query, signal: output.stopped })) {
    output.write(
      json === true
        ? `${JSON.stringify(toJson(letter))}\n`
        : `${JSON.stringify(toJson(letter), undefined, 2)}\n`,
    );
    return;
  }
  output.note('there is no dead letter at this place: list says where they are\n');
  throw exitWith('failed');
}

async function replay(
  output: CommandOutput,
  { query, flags }: { query: DeadLettersQuery; flags: ReplayFlags },
): Promise<void> {
  const report = await replayDeadLetters({
    ...query,
    signal: output.stopped,
    headers: flags.header,
    onLetter(letter, outcome) {
      const to = 'to' in outcome ? placeOf(outcome.to) : undefined;
      if (flags.json === true) {
        const { position, paths } = letter;
        output.write(`${JSON.stringify({ place: placeOf(position), paths, outcome: outcome.kind, to })}\n`);
      } else {
        const where = to === undefined ? '' : ` to ${to}`;
        output.write(
          `${placeOf(letter.position)} ${letter.paths.join(', ')} ${inWords[outcome.kind]}${where}\n`,
        );
      }
    },
  });
  const left = report.claimed + report.empty;
  output.note(`${report.replayed} replayed, ${report.replayedBefore} before, ${left} not\n`);
  if (left > 0) throw exitWith('incomplete');
}

const inWords = {
  replayed: 'replayed',
  'replayed-before': 'was replayed by a run that ended early',
  claimed: 'not replayed: another run has it, or ended early; try again in a minute',
  empty: 'not replayed: it was too large to be kept',
};

function toRow(letter: DeadLetter): string[] {
  return [
    placeOf(letter.position),
    new Date(letter.atMs).toISOString(),
    cell(letter.paths.join(', ') || '(unreadable)', 40),
    letter.code,
    String(letter.attempts),
    letter.replayedTo === undefined ? '' : placeOf(letter.replayedTo),
    cell(letter.message, 80),
  ];
}

function toJson(letter: DeadLetter): object {
  const { position, origin, code, message, attempts, atMs, paths, inputs, key, value } = letter;
  const isSensitive = createHeaderTest(defaultSensitiveHeaders);
  const headers = Object.fromEntries(
    Object.entries(letter.headers).map(([name, text]) => [name, isSensitive(name) ? '(redacted)' : text]),
  );
  return {
    place: placeOf(position),
    at: new Date(atMs).toISOString(),
    paths,
    code,
    message,
    attempts,
    origin,
    replayOf: letter.replayOf,
    replayedTo: letter.replayedTo,
    key: key?.toString('utf8') ?? null,
    headers,
    inputs,
    // Where nothing could be read, the bytes are what there is.
    ...(paths.length === 0 && value !== null ? { valueBase64: value.toString('base64') } : {}),
  };
}

function placeOf({ partition, offset }: Place): string {
  return `${partition}/${offset}`;
}

function toPlace(text: string): Place {
  const [, partition, offset] = /^(\d{1,9})\/(\d{1,15})$/.exec(text) ?? [];
  if (partition === undefined) throw new InvalidArgumentError('Give partition/offset, as in 0/12.');
  return { partition: Number(partition), offset: Number(offset) };
}

function addPlace(text: string, before: readonly Place[] | undefined): readonly Place[] {
  return [...(before ?? []), toPlace(text)];
}
