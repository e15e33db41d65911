/** The TypeScript that the documents show compiles, and the quick start of the README runs as it stands. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { initTRPC } from '@trpc/server';
import type { RecordCodec } from '@trpc-kafka/core';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { createTestPair } from '@trpc-kafka/testing';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { blocksFolder, type CodeBlock, readBlocks, root, writeBlocks } from './code-blocks.ts';
import { listDocuments } from './documents.ts';

const run = promisify(execFile);

/** Tests of their own run or decode what these show. */
const testedElsewhere = new Set([
  'PROTOCOL.md',
  'packages/dev-broker/README.md',
  'examples/flights/README.md',
  'examples/shared-types/README.md',
]);
const blocks = (await Promise.all((await listDocuments()).map(readBlocks))).flat();
const compiled = blocks.filter(({ document }) => !testedElsewhere.has(document));
let files: ReadonlyMap<string, CodeBlock>;

beforeAll(async () => {
  files = await writeBlocks(compiled);
});

test('every block is of a kind that some test looks at', () => {
  const kinds = ['ts', 'sh', 'mermaid', 'json', 'console', 'text', 'abnf'];
  const unknown = blocks.filter(({ language }) => !kinds.includes(language));
  expect(unknown.map(({ document, line, language }) => `${document}:${line} ${language}`)).toEqual([]);
});

test('every TypeScript block compiles', async () => {
  const config = {
    extends: relative(blocksFolder, join(root, 'tsconfig.base.json')),
    compilerOptions: {
      noUnusedLocals: false,
      noUnusedParameters: false,
      noPropertyAccessFromIndexSignature: false,
    },
    include: ['.'],
  };
  await writeFile(join(blocksFolder, 'tsconfig.json'), JSON.stringify(config));
  expect(files.size).toBeGreaterThan(10);
  const tsc = join(root, 'node_modules/.bin/tsc');
  await run(tsc, ['--noEmit', '-p', blocksFolder]).catch((error: { stdout: string }) => {
    throw new Error(nameBlocks(error.stdout));
  });
}, 60_000);

/** Says in which document a compiler's message belongs. */
function nameBlocks(messages: string): string {
  let named = messages;
  for (const [path, { document, line }] of files) {
    named = named.replaceAll(relative(root, path), `the block at ${document}:${line}, `);
  }
  return named;
}

test('the quick start of the README runs', async () => {
  await using broker = await createDevBroker();
  const folder = join(blocksFolder, 'README-md');
  for (const name of ['server.ts', 'client.ts']) {
    const code = await readFile(join(folder, name), 'utf8');
    expect(code).toContain("brokers: ['localhost:9092']");
    await writeFile(join(folder, name), code.replace("['localhost:9092']", JSON.stringify(broker.brokers)));
  }
  const server = start(join(folder, 'server.ts'));
  try {
    await heard(server, 'serving');
    const { stdout } = await run(process.execPath, ['--import', 'tsx', join(folder, 'client.ts')], {
      cwd: folder,
    });
    expect(linesOf(stdout)).toEqual(['2026-12-24T10:35:00.000Z', '3', '2', '1', '0']);
    server.kill('SIGTERM');
    expect(await exitCode(server)).toBe(0);
  } finally {
    server.kill('SIGKILL');
  }
}, 60_000);

test('the codec of the documents carries bytes both ways', async () => {
  const file = pathToFileURL(join(blocksFolder, 'docs-client-and-handler-md', 'msgpack.ts')).href;
  const { msgpack } = (await import(file)) as { msgpack: RecordCodec };
  const t = initTRPC.create();
  const router = t.router({
    reversed: t.procedure
      .input(z.instanceof(Uint8Array))
      .query(({ input }) => Uint8Array.from(input).reverse()),
  });
  await using pair = await createTestPair({
    router,
    handler: { codecs: [msgpack] },
    client: { codec: msgpack },
  });
  expect(await pair.client.reversed.query(Uint8Array.of(0, 1, 255))).toEqual(Uint8Array.of(255, 1, 0));
});

function start(file: string): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', file], {
    cwd: dirname(file),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function heard(child: ChildProcess, expected: string): Promise<void> {
  for await (const line of createInterface({ input: child.stdout! })) if (line === expected) return;
  throw new Error(`the server ended before it said "${expected}"`);
}

/** What the program itself printed: kafkajs logs to the same place. */
function linesOf(output: string): string[] {
  return output
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('{"level"'));
}

function exitCode(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', resolve));
}
