/** The table of the README: which item is tested where and on which brokers, which is open, and which does not apply. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where tests run: on the embedded broker and real Kafka, on some of them, or on none. */
export type Brokers = 'both' | 'both in part' | 'embedded' | 'none';

/** One line of the table. */
export interface ItemRow {
  readonly item: number;
  readonly behaviour: string;
  /** The files with its tests; none for an item that is open or does not apply. */
  readonly files: readonly string[];
  /** What is missing. */
  readonly open: string | undefined;
  /** Why Kafka has no such thing. */
  readonly inapplicable: string | undefined;
  /** `undefined` for an item without files. */
  readonly brokers: string | undefined;
  /** Why not on both. */
  readonly whyNotBoth: string | undefined;
}

/** Reads the table. */
export async function readItemTable(): Promise<ItemRow[]> {
  const text = await readFile(new URL('README.md', import.meta.url), 'utf8');
  const rows = text.matchAll(/^\| (\d+) \| (.+?) \| (.+?) \| (.*?) ?\|$/gm);
  return [...rows].map(([, item, behaviour, where, on]) => {
    const open = /^open: (.+)$/.exec(where!)?.[1];
    const inapplicable = /^does not apply: (.+)$/.exec(where!)?.[1];
    const [brokers, whyNotBoth] = on!.split(': ', 2);
    return {
      item: Number(item),
      behaviour: behaviour!,
      open,
      inapplicable,
      files: open === undefined && inapplicable === undefined ? filesOf(where!) : [],
      brokers: brokers || undefined,
      whyNotBoth,
    };
  });
}

function filesOf(cell: string): string[] {
  return cell.split(', ').map((file) => file.replace(/^`(.+)`$/, '$1'));
}

/** One test file and its tests whose names begin with a number. */
export interface ContractFile {
  readonly file: string;
  readonly text: string;
  /** Where the tests of each item run. */
  readonly items: ReadonlyMap<number, ReadonlySet<Brokers>>;
}

/** Hooks have packages of their own; items that show only outside of this repository are tested in the last. */
const folders = ['./', './hooks/', './hooks/react-query/', '../packages/'];

/** Reads all test files that may have tests of items; they are named by their paths from this folder. */
export async function readContractFiles(): Promise<ContractFile[]> {
  const found = await Promise.all(folders.map(testFilesIn));
  return await Promise.all(
    found.flat().map(async (file) => {
      const text = await readFile(new URL(file, import.meta.url), 'utf8');
      return { file, text, items: itemsOf(text) };
    }),
  );
}

async function testFilesIn(folder: string): Promise<string[]> {
  const names = await readdir(new URL(folder, import.meta.url));
  return names.filter((name) => /\.test\.tsx?$/.test(name)).map((name) => join(folder, name));
}

function itemsOf(text: string): Map<number, Set<Brokers>> {
  const items = new Map<number, Set<Brokers>>();
  for (const [, how, item] of text.matchAll(/\b(test\S*)\(\s*['"`]\[(\d+)\] \S/g)) {
    const places = items.get(Number(item)) ?? new Set();
    items.set(Number(item), places.add(placeOf(how!, text)));
  }
  return items;
}

/** By what the file makes its tests with. */
function placeOf(how: string, text: string): Brokers {
  if (how === 'test.onEmbedded') return 'embedded';
  if (/\bcreate(?:Case|Arena|Outage|Comparison)Test\(/.test(text)) return 'both';
  return /\b(?:createTestPair|createDevBroker|buildApp)\b/.test(text) ? 'embedded' : 'none';
}

/** Where an item is tested, all its tests taken together. */
export function brokersOf(item: number, files: readonly ContractFile[]): Brokers {
  const places = new Set(files.flatMap(({ items }) => [...(items.get(item) ?? [])]));
  if (places.has('both')) return places.size === 1 ? 'both' : 'both in part';
  return places.has('embedded') ? 'embedded' : 'none';
}
