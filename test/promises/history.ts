/** What became of the calls of a scenario, read from what its processes said. */
import type { PromiseWorld } from './promise-world.ts';

/** The kinds of calls: the columns of the table. */
export const kinds = [
  'query',
  'mutation',
  'keyed mutation',
  'one-way call',
  'tracked events',
  'untracked items',
] as const;

export type Kind = (typeof kinds)[number];

/** The kinds that have one outcome. */
export const calls: readonly Kind[] = kinds.slice(0, 4);
/** The kinds that have many. */
export const streams: readonly Kind[] = kinds.slice(4);

/** What became of the calls of a kind. */
export interface History {
  /** What their callers got: the name of the server that answered, or the code of an error. */
  readonly outcomes: readonly string[];
  /** The servers that began one, in the order in which they were started. */
  readonly begun: readonly string[];
  /** The servers whose resolver or generator came to its end. */
  readonly done: readonly string[];
  /** Items that were not the next ones. */
  readonly wrong: readonly string[];
}

/** Reads what became of all kinds. */
export function readHistories({ servers, client }: PromiseWorld): Record<Kind, History> {
  const namesOf = (line: string): string[] =>
    servers.flatMap((server) =>
      server
        .said(line)
        .filter((said) => said === line)
        .map(() => server.name),
    );
  const after = (beginning: string): string[] =>
    client?.said(beginning).map((line) => line.slice(beginning.length)) ?? [];
  const entries = kinds.map((kind) => [
    kind,
    {
      outcomes: after(`settled ${kind}: `),
      begun: namesOf(`begun ${kind}`),
      done: namesOf(`done ${kind}`),
      wrong: after(`wrong ${kind}: `),
    },
  ]);
  return Object.fromEntries(entries) as Record<Kind, History>;
}
