import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

const src = new URL('../src/', import.meta.url);
const valueImport = /^(?:import|export) (?!type\b)[^;]*?from '(\.{1,2}\/[^']+)\.js'/gm;

/** The files that really run when this one does: imports of types are gone by then. */
async function runtimeFiles(entry: string): Promise<Set<string>> {
  const seen = new Set<string>();
  const visit = async (url: URL): Promise<void> => {
    const name = url.href.slice(src.href.length);
    if (seen.has(name)) return;
    seen.add(name);
    const text = await readFile(url, 'utf8');
    await Promise.all([...text.matchAll(valueImport)].map((match) => visit(new URL(`${match[1]}.ts`, url))));
  };
  await visit(new URL(entry, src));
  return seen;
}

describe('the client process', () => {
  it('runs none of the router, only its own files', async () => {
    const files = await runtimeFiles('client.ts');
    expect(files).toContain('walk/run-walk.ts');
    expect(files).toContain('connect/over-http.ts');
    const ofServers = /^(router|trpc|flights-context)\.ts$|^(routers|serve|store|domain)\//;
    expect([...files].filter((file) => ofServers.test(file))).toEqual([]);
  });

  it('is told apart from a server, which does run it', async () => {
    expect(await runtimeFiles('http-server.ts')).toContain('router.ts');
  });
});
