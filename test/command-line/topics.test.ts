/** `topics`: from none to those that a service wants, and what is said of those that it does not. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedBrokers } from '../support/shared-brokers.ts';
import { uniqueName } from '../support/unique-name.ts';
import { linesOf, type Outcome, run } from './run-command.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trpc-kafka-topics-'));
});

afterAll(() => rm(folder, { recursive: true }));

describe.each(await sharedBrokers())('on $name', ({ skip, brokers }) => {
  test.skipIf(skip)('create makes what is missing, check compares it, show shows it', async () => {
    const service = uniqueName('topics');
    const topics = (command: string, ...args: string[]): Promise<Outcome> =>
      run(['topics', command, service, ...args, '--brokers', brokers.join(',')]);
    const missing = await topics('check');
    expect([missing.code, missing.out]).toEqual([
      1,
      expect.stringContaining(`problem: ${service}.one-way does not exist`),
    ]);
    const made = await topics('create', '--app', service, '--json');
    expect(made.code).toBe(0);
    expect(linesOf(made)).toContainEqual({ topic: `${service}.replies`, role: 'replies', created: true });
    expect((await topics('create')).out).toBe(
      ['requests', 'one-way', 'control', 'dead-letter']
        .map((role) => `${service}.${role} was there\n`)
        .join(''),
    );
    expect(await topics('check', '--app', service)).toMatchObject({ code: 0 });
    const shown = await topics('show', '--outcomes');
    expect(shown.out).toMatch(/^topics-\w+\.requests +12 +1 +1h +delete +LogAppendTime +1048588$/m);
    expect(shown.out).toMatch(/^topics-\w+\.outcomes +\(missing\)$/m);
    const config = join(folder, `${service}.json`);
    const requests = { partitions: 24, retentionMs: 7_200_000 };
    await writeFile(config, JSON.stringify({ services: { [service]: { topics: { requests } } } }));
    const differs = await topics('check', '--config', config);
    expect([differs.code, differs.errors]).toEqual([3, '']);
    expect(differs.out).toContain('has 12 partitions, the service wants 24');
    expect(differs.out).toContain('has retention.ms=3600000, the service wants 7200000');
  });
});
