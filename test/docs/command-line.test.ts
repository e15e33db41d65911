/** What docs/command-line.md shows a command to print is what it prints; and its exit codes are those of the program. */
import { createDevBroker, type DevBroker } from '@trpc-kafka/dev-broker';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { exitCodes } from '../../packages/cli/src/output/exit-codes.ts';
import { type AirlineService, startAirline } from '../command-line/airline-service.ts';
import { run } from '../command-line/run-command.ts';
import { readBlocks } from './code-blocks.ts';
import { readDocument, tableRows } from './documents.ts';

const document = 'docs/command-line.md';
const prompt = '$ npx @trpc-kafka/cli ';

interface Shown {
  readonly line: string;
  readonly output: string;
}

async function shownCommands(): Promise<readonly Shown[]> {
  const blocks = (await readBlocks(document)).filter(({ language }) => language === 'console');
  return blocks.flatMap(({ code }) =>
    code
      .split(/^(?=\$ )/m)
      .map((each) => each.split(/\n/))
      .map(([line = '', ...output]) => ({ line, output: output.join('\n') })),
  );
}

function wordsOf(line: string): string[] {
  const words = line.slice(prompt.length).match(/'[^']*'|\S+/g) ?? [];
  return words.map((word) => word.replace(/^'(.*)'$/, '$1'));
}

/** Without what differs from one run to the next: ids, times, places of records, and the width of columns that follow from them. */
function likeAny(text: string): string {
  return text
    .replace(/(?<=^| )[\w-]{22}(?= )/gm, '<id>')
    .replace(/\b\d+\/\d+\b/g, '<place>')
    .replace(/\b\d+(ms|s|m)\b/g, '<time>')
    .replace(/\btrpc-kafka\/\d[\w.-]*/g, '<software>')
    .replace(/ +/g, ' ')
    .replace(/(?<=<id> ready <time> .*) (\d+|-)$/gm, ' <lag>')
    .replace(/(?<=^flights(?:\.one-way)? flights\..*) (\d+|-)$/gm, ' <lag>')
    .trim();
}

let broker: DevBroker;
let flights: AirlineService;

beforeAll(async () => {
  broker = await createDevBroker();
  flights = await startAirline(broker.brokers, { name: 'flights' });
  vi.stubEnv('TRPC_KAFKA_BROKERS', broker.brokers.join(','));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await flights[Symbol.asyncDispose]();
  await broker.close();
});

test('every command prints what is shown', async () => {
  const commands = await shownCommands();
  expect(commands.length).toBeGreaterThan(5);
  for (const { line, output } of commands) {
    expect(line.startsWith(prompt), line).toBe(true);
    const outcome = await run(wordsOf(line));
    expect(likeAny(`${outcome.out}${outcome.errors}`), line).toBe(likeAny(output));
  }
});

test('the exit codes are all there', async () => {
  const rows = tableRows(await readDocument(document), '| exit code | |');
  expect(rows.map(([code]) => Number(code))).toEqual(Object.values(exitCodes));
});
