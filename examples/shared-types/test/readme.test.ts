import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { catalogVersion } from '../../../test/packages/matrix.js';

const read = (path: string): Promise<string> => readFile(new URL(`../${path}`, import.meta.url), 'utf8');

test('what the README shows of the code stands there', async () => {
  const snippets = [...(await read('README.md')).matchAll(/^`(\S+\.ts)`\n\n```ts\n([^`]+)```$/gm)];
  expect(snippets.map(([, path]) => path)).toEqual(['flights/api/src/index.ts', 'checkout/src/flights.ts']);
  for (const [, path, snippet] of snippets) expect(await read(path!)).toContain(snippet);
});

test('the checkout team uses the versions that this repository is developed with', async () => {
  const { dependencies, devDependencies } = JSON.parse(await read('checkout/package.json')) as Record<
    string,
    Record<string, string>
  >;
  const versions = Object.entries({ ...dependencies, ...devDependencies });
  for (const [name, version] of versions.filter(([name]) => !/^@(acme|trpc-kafka)\//.test(name))) {
    expect(version, name).toBe(catalogVersion(name));
  }
});
