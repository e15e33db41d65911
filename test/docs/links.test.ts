/** What the documents point to is there: files, and headings in them. */
import { access } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from './code-blocks.ts';
import { anchorsOf, listDocuments, readDocument, withoutBlocks } from './documents.ts';

const documents = await listDocuments();

/** Why a link leads nowhere, or `undefined`. */
async function whyBroken(document: string, link: string): Promise<string | undefined> {
  const [path, anchor] = link.split('#') as [string, string?];
  const target = path === '' ? document : normalize(join(dirname(document), path));
  if (target.startsWith('..')) return `${link}: outside of the repository`;
  const isThere = await access(join(root, target)).then(
    () => true,
    () => false,
  );
  if (!isThere) return `${link}: there is no ${target}`;
  if (anchor === undefined) return undefined;
  return anchorsOf(await readDocument(target)).has(anchor) ? undefined : `${link}: no such heading`;
}

test('documents are found', () => {
  for (const expected of ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'PROTOCOL.md']) {
    expect(documents).toContain(expected);
  }
  expect(documents.length).toBeGreaterThan(20);
});

test.each(documents)('%s: every link leads somewhere', async (document) => {
  const text = withoutBlocks(await readDocument(document));
  const links = Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, link]) => link!);
  const local = links.filter((link) => !/^[a-z]+:/.test(link));
  const broken = await Promise.all(local.map((link) => whyBroken(document, link)));
  expect(broken.filter((why) => why !== undefined)).toEqual([]);
});

describe('the check itself', () => {
  test('finds missing files and headings', async () => {
    expect(await whyBroken('docs/decisions/README.md', 'nothing.md')).toContain(
      'there is no docs/decisions/nothing.md',
    );
    expect(await whyBroken('README.md', '#no-such-heading')).toContain('no such heading');
    expect(await whyBroken('README.md', '../elsewhere.md')).toContain('outside');
    expect(await whyBroken('docs/decisions/README.md', '../../PROTOCOL.md#7-deadlines')).toBeUndefined();
  });
});

test('the index of the pages has each page, by its title', async () => {
  const pages = documents.filter((path) => /^docs\/[^/]+\.md$/.test(path) && path !== 'docs/README.md');
  const index = await readDocument('docs/README.md');
  const listed = index.match(/(?<=^- )\[.+?\]\([\w-]+\.md\)/gm) ?? [];
  const expected = await Promise.all(
    pages.map(async (path) => {
      const title = /^# (.+)$/m.exec(await readDocument(path))?.[1];
      return `[${title}](${path.slice('docs/'.length)})`;
    }),
  );
  expect(listed.sort()).toEqual(expected.sort());
});

test('the index of decisions has every record, by its number and title', async () => {
  const folder = 'docs/decisions/';
  const index = await readDocument(`${folder}README.md`);
  const records = documents.filter((path) => /^docs\/decisions\/\d/.test(path)).sort();
  const expected = await Promise.all(
    records.map(async (path) => {
      const title = /^# (\d+)\. (.+)$/m.exec(await readDocument(path));
      const file = path.slice(folder.length);
      expect(Number(title?.[1]), file).toBe(Number(file.slice(0, 4)));
      return `- [${file.slice(0, 4)}](${file}): ${title?.[2]}`;
    }),
  );
  expect(index.split('\n').filter((line) => line.startsWith('- ['))).toEqual(expected);
  expect(records.map((path) => Number(path.slice(folder.length, folder.length + 4)))).toEqual(
    records.map((_, i) => i + 1),
  );
});
