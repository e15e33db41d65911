/** Every command that a document shows can be run: the script, package, file or tool that it names exists. */
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readBlocks, root } from './code-blocks.ts';
import { codesIn, listDocuments, readDocument, withoutBlocks } from './documents.ts';

interface Manifest {
  readonly name: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly publishConfig?: { readonly bin?: Readonly<Record<string, string>> };
}

const manifests = await readManifests();
const rootScripts = manifests.get('trpc-kafka')?.scripts ?? {};
const binaries = new Set(await readdir(join(root, 'node_modules/.bin')));
const pnpmOwn = new Set(['add', 'install', 'exec']);
/** Tools of others, which a reader has or does not need. */
const foreign = new Set(['cd', 'kcat', 'kill', 'echo', 'kafka-acls.sh']);

async function readManifests(): Promise<ReadonlyMap<string, Manifest>> {
  const members = await Promise.all(
    ['packages', 'examples'].map(async (folder) =>
      (await readdir(join(root, folder))).map((name) => `${folder}/${name}`),
    ),
  );
  const read = ['.', 'test', ...members.flat()].map(async (folder): Promise<[string, Manifest]> => {
    const manifest = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8')) as Manifest;
    return [manifest.name, manifest];
  });
  return new Map(await Promise.all(read));
}

/** Splits a line into words, without comments, settings of variables and the prompt. */
function wordsOf(line: string): string[] {
  const plain = line.replace(/(^|\s)#.*$/, '').trim();
  const words = (plain.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).filter((word) => word !== '$');
  while (/^[A-Z_]+=/.test(words[0] ?? '')) words.shift();
  return words;
}

/** Why a command cannot be run, or `undefined`. `scripts` are those of the folder it is run in. */
async function whyWrong(
  line: string,
  scripts: Readonly<Record<string, string>> = rootScripts,
): Promise<string | undefined> {
  const [tool, ...args] = wordsOf(line);
  if (tool === undefined || foreign.has(tool)) return undefined;
  if (tool === 'npm' && args[0] === 'install') return whyNotInstallable(args.slice(1));
  if (tool === 'node' && args[0] === '--import' && args[1] === 'tsx') return await whyNoFile(args[2]);
  if (tool === 'pnpm') return await whyNoScript(args, scripts);
  if (tool === 'npx') {
    const [what, ...rest] = args.filter((arg) => arg !== '-y');
    if (what === 'pnpm@10') return await whyNoScript(rest, scripts);
    return manifests.get(what ?? '')?.publishConfig?.bin === undefined ? `${what} has no command` : undefined;
  }
  return `"${tool}" is no command that a reader has`;
}

function whyNotInstallable(names: readonly string[]): string | undefined {
  const ours = names.filter((name) => name.startsWith('@trpc-kafka/'));
  const missing = ours.filter((name) => !manifests.has(name));
  return missing.length > 0 ? `there is no ${missing.join(', ')}` : undefined;
}

async function whyNoFile(path: string | undefined): Promise<string | undefined> {
  return await access(join(root, path ?? 'missing')).then(
    () => undefined,
    () => `there is no file ${path}`,
  );
}

async function whyNoScript(
  args: readonly string[],
  scripts: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const [name, ...rest] = args;
  if (name === '--filter') {
    const manifest = manifests.get(rest[0] ?? '');
    return manifest === undefined
      ? `there is no ${rest[0]}`
      : await whyNoScript(rest.slice(1), manifest.scripts ?? {});
  }
  if (name === 'run') return await whyNoScript(rest, scripts);
  if (name === 'vitest') return await whyNoTests(rest);
  const known = pnpmOwn.has(name ?? '') || Object.hasOwn(scripts, name ?? '') || binaries.has(name ?? '');
  return known ? undefined : `there is no script "${name}"`;
}

async function whyNoTests([run, ...rest]: readonly string[]): Promise<string | undefined> {
  if (run !== 'run') return 'vitest would watch';
  const path = rest.find((word) => word.includes('/'));
  return path === undefined ? undefined : await whyNoFile(path);
}

/** Commands of shell blocks, and those between backticks in the text. */
async function commandsOf(document: string): Promise<readonly string[]> {
  const blocks = (await readBlocks(document)).filter(({ language }) => ['sh', 'bash'].includes(language));
  const lines = blocks.flatMap(({ code }) => code.split('\n'));
  const inline = codesIn(withoutBlocks(await readDocument(document)));
  return [...lines, ...inline.filter((code) => /^([A-Z_]+=\S+ )*(pnpm|npx|npm) [a-z@-]/.test(code))];
}

function scriptsAround(document: string): Readonly<Record<string, string>> {
  const own = [...manifests.values()].filter(({ name }) =>
    document.includes(name.replace('@trpc-kafka/example-', 'examples/')),
  );
  return Object.assign({}, rootScripts, ...own.map(({ scripts }) => scripts)) as Record<string, string>;
}

test.each(await listDocuments())('%s: its commands can be run', async (document) => {
  const scripts = scriptsAround(document);
  const wrong: string[] = [];
  for (const command of await commandsOf(document)) {
    const why = await whyWrong(command, scripts);
    if (why !== undefined) wrong.push(`${command}: ${why}`);
  }
  expect(wrong).toEqual([]);
});

describe('the check itself', () => {
  test('knows the two commands of the README', async () => {
    const commands = (await commandsOf('README.md')).map((command) => wordsOf(command).join(' '));
    expect(commands).toContain('npx -y pnpm@10 demo');
    expect(commands).toContain('npx -y pnpm@10 test');
  });

  test.each([
    ['pnpm no-such-script', 'no script'],
    ['KAFKA=off npx -y pnpm@10 tset', 'no script'],
    ['npx @trpc-kafka/no-such-package', 'no command'],
    ['npx @trpc-kafka/core', 'no command'],
    ['npm install @trpc-kafka/no-such-package zod', 'there is no'],
    ['node --import tsx no/such/file.ts', 'no file'],
    ['pnpm vitest run test/no-such-folder', 'no file'],
    ['pnpm --filter @trpc-kafka/dev-broker no-such-script', 'no script'],
    ['frobnicate', 'no command'],
  ])('%s: %s', async (command, why) => {
    expect(await whyWrong(command)).toContain(why);
  });
});
