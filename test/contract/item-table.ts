/** The table of the README: which item is tested where, and which is open. */
import { readdir, readFile } from 'node:fs/promises';

/** One line of the table. */
export interface ItemRow {
  readonly item: number;
  readonly behaviour: string;
  /** The files with its tests; none for an item that is open. */
  readonly files: readonly string[];
  /** What is missing. */
  readonly open: string | undefined;
}

/** Reads the table. */
export async function readItemTable(): Promise<ItemRow[]> {
  const text = await readFile(new URL('README.md', import.meta.url), 'utf8');
  return [...text.matchAll(/^\| (\d+) \| (.+?) \| (.+?) \|$/gm)].map(([, item, behaviour, where]) => {
    const open = /^open: (.+)$/.exec(where!)?.[1];
    return {
      item: Number(item),
      behaviour: behaviour!,
      open,
      files: open === undefined ? filesOf(where!) : [],
    };
  });
}

function filesOf(cell: string): string[] {
  return cell.split(', ').map((file) => file.replace(/^`(.+)`$/, '$1'));
}

/** One test file and the names of its tests that begin with a number. */
export interface ContractFile {
  readonly file: string;
  readonly text: string;
  readonly items: ReadonlySet<number>;
}

/** Reads all test files of this folder. */
export async function readContractFiles(): Promise<ContractFile[]> {
  const names = (await readdir(new URL('.', import.meta.url))).filter((name) => name.endsWith('.test.ts'));
  return await Promise.all(
    names.map(async (file) => {
      const text = await readFile(new URL(file, import.meta.url), 'utf8');
      const items = [...text.matchAll(/['"`]\[(\d+)\] \S/g)].map(([, item]) => Number(item));
      return { file, text, items: new Set(items) };
    }),
  );
}
