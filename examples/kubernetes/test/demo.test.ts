/** The demo ends by itself, and says what the README shows. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));

test('the demo says what the README shows', async () => {
  const { stdout } = await promisify(execFile)('node', ['--import', 'tsx', 'src/demo.ts'], { cwd: folder });
  const readme = await readFile(`${folder}/README.md`, 'utf8');
  expect(stdout).toBe(/```text\n([^`]+)```/.exec(readme)?.[1]);
});
