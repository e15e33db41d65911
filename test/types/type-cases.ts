/** The programs that must compile and must not, for everybody who compiles them: against sources, or packed packages. */
import { readdir, readFile } from 'node:fs/promises';

/** A file to compile. */
export interface TypeFile {
  /** Its path below the folder that is compiled. */
  readonly path: string;
  readonly text: string;
  /** The lines in which the compiler must see an error, and no others. */
  readonly errorLines: readonly number[];
}

/** One file of `cases/`, and what is compiled of it. */
export interface TypeCase {
  readonly name: string;
  /** What it is about, as its first line says. */
  readonly about: string;
  /** The lowest tRPC it compiles with, when that is not the lowest that the packages take. */
  readonly needsTrpc: string | undefined;
  /** As it is, and without what expects errors: those must then be seen. */
  readonly files: readonly [asItIs: TypeFile, unexpected: TypeFile];
}

const cases = new URL('cases/', import.meta.url);
const mustFail = new URL('must-fail/wrong-types.ts', import.meta.url);
const expectation = /^[ \t]*\/\/ @ts-expect-error .*$/gm;

/** Reads all cases. */
export async function readTypeCases(): Promise<TypeCase[]> {
  const names = (await readdir(cases)).sort();
  return await Promise.all(
    names.map(async (name) => toCase(name, await readFile(new URL(name, cases), 'utf8'))),
  );
}

function toCase(name: string, text: string): TypeCase {
  const [, about, needsTrpc] = /^\/\*\* (.+?)\.(?: Needs tRPC (\S+)\.)? \*\/$/m.exec(text) ?? [];
  if (about === undefined) throw new Error(`the first line of ${name} does not say what it is about`);
  const errorLines = [...text.matchAll(expectation)].map(
    ({ index, 0: comment }) => text.slice(0, index + comment.length).split('\n').length + 1,
  );
  return {
    name,
    about,
    needsTrpc,
    files: [
      { path: `as-it-is/${name}`, text, errorLines: [] },
      // An empty comment keeps the line numbers.
      { path: `unexpected/${name}`, text: text.replace(expectation, '//'), errorLines },
    ],
  };
}

/** Reads the file that must not compile: whoever sees no error in it has checked nothing. */
export async function readWrongTypes(): Promise<TypeFile> {
  const text = await readFile(mustFail, 'utf8');
  const errorLines = text.split('\n').flatMap((line, n) => (line.endsWith('// error') ? [n + 1] : []));
  return { path: 'must-fail/wrong-types.ts', text, errorLines };
}
