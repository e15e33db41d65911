/** The documents of the repository, and what tests look for in them. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './code-blocks.ts';

/** Folders whose README is a document, and folders that are full of them. */
const readmeFolders = ['packages/*', 'examples/*', 'test/*', '.changeset'];
const documentFolders = ['.', 'docs', 'docs/decisions'];

/** Paths of all documents, from the root. A new one is found by itself. */
export async function listDocuments(): Promise<readonly string[]> {
  const found = await Promise.all([
    ...documentFolders.map((folder) => markdownIn(folder)),
    ...(await expand(readmeFolders)).map((folder) => markdownIn(folder, 'README.md')),
  ]);
  return found.flat();
}

async function expand(patterns: readonly string[]): Promise<string[]> {
  const folders = await Promise.all(
    patterns.map(async (pattern) => {
      const parent = /^(.*)\/\*$/.exec(pattern)?.[1];
      if (parent === undefined) return [pattern];
      const entries = await readdir(join(root, parent), { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => `${parent}/${name}`);
    }),
  );
  return folders.flat();
}

async function markdownIn(folder: string, only?: string): Promise<string[]> {
  const names = await readdir(join(root, folder));
  return names
    .filter((name) => (only === undefined ? name.endsWith('.md') : name === only))
    .map((name) => (folder === '.' ? name : `${folder}/${name}`));
}

/** The text of a document. */
export function readDocument(path: string): Promise<string> {
  return readFile(join(root, path), 'utf8');
}

/** A document's prose: without its fenced blocks. */
export function withoutBlocks(text: string): string {
  return text.replace(/^(`{3,}).*\n[\s\S]*?^\1$/gm, '');
}

/** What GitHub makes of a document's headings, to link to. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading] of withoutBlocks(text).matchAll(/^#{1,6} +(.+)$/gm)) {
    const plain = heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = plain.replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
    let anchor = slug;
    for (let again = 1; anchors.has(anchor); again++) anchor = `${slug}-${again}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** The rows of the table whose head contains a text, cells trimmed. */
export function tableRows(text: string, head: string): readonly (readonly string[])[] {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.startsWith('|') && line.includes(head));
  if (at < 0) throw new Error(`there is no table with "${head}" in its head`);
  const rows: string[][] = [];
  for (const line of lines.slice(at + 2)) {
    if (!line.startsWith('|')) break;
    rows.push(
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
  }
  return rows;
}

/** What stands between backticks in a text. */
export function codesIn(text: string): readonly string[] {
  return Array.from(text.matchAll(/`([^`]+)`/g), ([, code]) => code!);
}
