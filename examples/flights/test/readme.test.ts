import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

const example = new URL('../', import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, example), 'utf8');
const withoutIndent = (text: string): string => text.replace(/^ +/gm, '').trim();

describe('the README', () => {
  it('shows the lines that make each link as they stand in the code', async () => {
    const readme = await read('README.md');
    const snippets = [...readme.matchAll(/`(src\/[^`]+\.ts)`\n\n```ts\n([^`]+)```/g)];
    expect(snippets.map(([, path]) => path)).toEqual([
      'src/connect/over-http.ts',
      'src/connect/over-kafka.ts',
    ]);
    for (const [, path, snippet] of snippets) {
      expect(withoutIndent(await read(path ?? ''))).toContain(withoutIndent(snippet ?? ''));
    }
  });

  it('names scripts that exist', async () => {
    const { scripts } = JSON.parse(await read('package.json')) as { scripts: Record<string, string> };
    const readme = await read('README.md');
    for (const script of ['broker', 'server', 'http-server', 'client']) {
      expect(readme).toContain(` pnpm ${script}`);
      const file = /src\/\S+\.ts/.exec(scripts[script] ?? '')?.[0];
      expect(await read(file ?? 'missing'), script).toContain('runMain');
    }
  });
});
