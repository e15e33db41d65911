import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const example = fileURLToPath(new URL('..', import.meta.url));

interface Run {
  readonly code: number;
  readonly output: string;
}

function runDemo(env: Readonly<Record<string, string>> = {}): Promise<Run> {
  const { KAFKA_BROKERS: _brokers, ...inherited } = process.env;
  const args = ['--import', 'tsx', 'src/demo.ts'];
  const options = { cwd: example, env: { ...inherited, ...env }, timeout: 240_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    });
  });
}

/** Process ids and folders are others each time. */
const withoutChance = (text: string): string =>
  text
    .replace(/process \d+/, 'process N')
    .replace(/\S+trpc-kafka-checkout-\S+/, 'FOLDER')
    .trim();

test('the demo shows what the README says, ends by itself and leaves nothing', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const shown = /^```text\n(trpc-kafka: [\s\S]*?)^```$/m.exec(readme)?.[1];
  const { code, output } = await runDemo();
  expect(withoutChance(output)).toBe(withoutChance(shown ?? 'nothing is shown'));
  expect(code).toBe(0);
  const folder = /^ +in (\S+trpc-kafka-checkout-\S+)$/m.exec(output)![1]!;
  await expect(readdir(folder)).rejects.toThrow('ENOENT');
}, 300_000);

test('the demo says in one sentence that no broker answers', async () => {
  const { code, output } = await runDemo({ KAFKA_BROKERS: '127.0.0.1:1' });
  expect(output).toContain('Stopped: no broker of KAFKA_BROKERS=127.0.0.1:1 answers\n');
  expect(code).toBe(1);
}, 60_000);
