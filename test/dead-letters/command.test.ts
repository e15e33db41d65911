/** The command line as a process, as a person or a script uses it. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDevBroker, type DevBroker } from '@trpc-kafka/dev-broker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DeadLetterService, startDeadLetterService } from './dead-letter-service.ts';

const program = fileURLToPath(new URL('../../packages/cli/src/cli.ts', import.meta.url));
const tsx = import.meta.resolve('tsx');
let broker: DevBroker;
let service: DeadLetterService;
let folder: string;

beforeAll(async () => {
  broker = await createDevBroker();
  service = await startDeadLetterService(broker.brokers);
  folder = await mkdtemp(join(tmpdir(), 'trpc-kafka-cli-'));
});

afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await broker.close();
  await rm(folder, { recursive: true });
});

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH: process.env['PATH'], NO_COLOR: '1', ...env } };
    execFile(process.execPath, ['--import', tsx, program, ...args], options, (error, out, errors) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, errors }),
    );
  });
}

const letters = (command: string, ...args: string[]): Promise<Outcome> =>
  run(['dead-letters', command, service.service.name, ...args], {
    TRPC_KAFKA_BROKERS: broker.brokers.join(','),
  });

const objectsOf = ({ out }: Outcome): Record<string, unknown>[] =>
  out
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('trpc-kafka dead-letters', () => {
  test('lists, shows and replays', async () => {
    await service.fail('a', 'b');
    await service.failFlights('c');
    const table = await letters('list');
    expect(table).toMatchObject({ code: 0, errors: '' });
    expect(table.out.split('\n')[0]).toMatch(/^PLACE +WHEN +PROCEDURE +CODE +ATTEMPTS +REPLAYED TO +WHY$/);
    expect(table.out).toMatch(/^\d\/\d+ +\d{4}-\S+Z +bookings\.audit +NOT_FOUND +1 +no ledger for a$/m);
    const listed = objectsOf(await letters('list', '--json', '--path', 'bookings.*', '--since', '1h'));
    expect(listed.map(({ inputs }) => inputs)).toEqual(expect.arrayContaining([['a'], ['b']]));
    expect(listed.length).toBe(2);
    const place = String(listed.find(({ key }) => key === 'a')!['place']);
    const shown = JSON.parse((await letters('show', place)).out) as object;
    expect(shown).toMatchObject({
      place,
      paths: ['bookings.audit'],
      inputs: ['a'],
      headers: { tenant: 'de' },
    });
    expect(objectsOf(await letters('replay', '--path', 'flights.audit', '--dry-run', '--json')).length).toBe(
      1,
    );
    expect(service.log.all()).toEqual([]);
    service.mend();
    const one = await letters('replay', place);
    expect(one).toMatchObject({ code: 0, errors: '1 replayed, 0 before, 0 not\n' });
    expect(one.out).toMatch(
      /^\d\/\d+ bookings\.audit replayed to \S+\/\d+\/\d+|^\d\/\d+ bookings\.audit replayed to \d+\/\d+$/m,
    );
    await service.log.until('a');
    expect(objectsOf(await letters('replay', '--all', '--json')).map(({ outcome }) => outcome)).toEqual([
      'replayed',
      'replayed',
    ]);
    await Promise.all(['b', 'c'].map((name) => service.log.until(name)));
    expect(await letters('list')).toMatchObject({ code: 0, out: '', errors: 'no dead letters\n' });
    expect(objectsOf(await letters('list', '--replayed', '--json')).length).toBe(3);
    expect([...service.log.all()].sort()).toEqual(['a', 'b', 'c']);
  }, 120_000);

  test('says what to do, and ends with a code for scripts', async () => {
    const [help, none, all, place, away, missing] = await Promise.all([
      run(['dead-letters', 'replay', '--help']),
      run(['dead-letters', 'list', 'flights']),
      letters('replay'),
      letters('show', '7/7'),
      run(['dead-letters', 'list', 'flights', '--brokers', '127.0.0.1:1']),
      run(['dead-letters', 'list', 'nobody', '--brokers', broker.brokers.join(',')]),
    ]);
    expect(help.code).toBe(0);
    for (const text of ['--dry-run', 'TRPC_KAFKA_SASL_PASSWORD', '--path <path>'])
      expect(help.out).toContain(text);
    expect([none.code, none.errors]).toEqual([2, expect.stringContaining('TRPC_KAFKA_BROKERS')]);
    expect([all.code, all.errors]).toEqual([2, expect.stringContaining('--all')]);
    expect([place.code, place.errors]).toEqual([1, expect.stringContaining('no dead letter at this place')]);
    expect([away.code, away.errors]).toEqual([1, expect.stringContaining('BROKERS_UNREACHABLE')]);
    expect([missing.code, missing.errors]).toEqual([1, expect.stringContaining('nobody.dead-letter')]);
  }, 120_000);

  test('reads the connection from a file, before which the environment counts, and before that flags', async () => {
    const list = (args: string[], env: Record<string, string> = {}): Promise<Outcome> =>
      run(['dead-letters', 'list', service.service.name, '--json', ...args], env);
    const [wrong, right] = ['127.0.0.1:1', broker.brokers.join(',')];
    const file = join(folder, 'connection.json');
    await writeFile(file, JSON.stringify({ brokers: broker.brokers }));
    const bad = join(folder, 'bad.json');
    await writeFile(bad, JSON.stringify({ brokers: [wrong] }));
    const outcomes = await Promise.all([
      list(['--config', file]),
      list(['--config', bad], { TRPC_KAFKA_BROKERS: right }),
      list(['--brokers', right], { TRPC_KAFKA_BROKERS: wrong }),
      list(['--config', join(folder, 'none.json')]),
      list(['--brokers', right, '--sasl-username', 'me']),
      list(['--brokers', 'nonsense']),
    ]);
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0, 2, 2, 2]);
  }, 120_000);
});
