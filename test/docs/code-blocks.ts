/**
 * The code blocks of the documents, as files that can be compiled and run.
 * A block says by its fence what it is: `ts file=server.ts` is a file, others of the same document may import it;
 * `ts snippet` stands in the midst of a program (fixtures/snippet-prelude.ts declares what it uses); plain `ts` is a whole program.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('../..', import.meta.url));
/** Inside the workspace, so that the packages resolve; ignored by git. */
export const blocksFolder: string = join(root, 'test/docs/generated');

export interface CodeBlock {
  readonly document: string;
  readonly line: number;
  readonly language: string;
  readonly info: string;
  readonly code: string;
}

/** The fenced blocks of a document. */
export async function readBlocks(document: string): Promise<readonly CodeBlock[]> {
  const text = await readFile(join(root, document), 'utf8');
  return Array.from(text.matchAll(/^```(\w+)([^\n]*)\n([\s\S]*?)^```$/gm), (match) => ({
    document,
    line: text.slice(0, match.index).split('\n').length,
    language: match[1]!,
    info: match[2]!.trim(),
    code: match[3]!,
  }));
}

/** Writes the TypeScript blocks as files; answers their paths with the blocks they came from. */
export async function writeBlocks(blocks: readonly CodeBlock[]): Promise<ReadonlyMap<string, CodeBlock>> {
  await rm(blocksFolder, { recursive: true, force: true });
  const prelude = await readFile(join(root, 'test/docs/fixtures/snippet-prelude.ts'), 'utf8');
  const files = new Map<string, CodeBlock>();
  for (const block of blocks) {
    if (block.language !== 'ts') continue;
    const path = join(blocksFolder, block.document.replace(/\W/g, '-'), fileName(block));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, block.info === 'snippet' ? wrapSnippet(block.code, prelude) : block.code);
    files.set(path, block);
  }
  return files;
}

function fileName(block: CodeBlock): string {
  return /^file=(\S+)$/.exec(block.info)?.[1] ?? `line-${block.line}.ts`;
}

/** Own names win over the prelude's: a snippet may make what it shows. */
function wrapSnippet(code: string, prelude: string): string {
  return `${prelude}\nexport async function snippet(): Promise<void> {\n${code}}\n`;
}
