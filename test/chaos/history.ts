/** What clients and servers told of a run. */

/** The kinds of calls that clients make. */
export const callKinds = ['query', 'mutation', 'keyed mutation', 'one-way', 'aborted query'] as const;

export type CallKind = (typeof callKinds)[number];

/** What a client tells: one line of JSON each. */
export type ClientLine =
  | { readonly is: 'call'; readonly kind: CallKind; readonly name: string }
  | {
      readonly is: 'settled';
      readonly name: string;
      /** `ok`, or the code of an error. */
      readonly outcome: string;
      /** What came back; the name of the call, where all is well. */
      readonly value?: unknown;
      /** How long after its deadline, in ms, without the time in which its process stood still. */
      readonly lateMs: number;
    }
  | { readonly is: 'stream'; readonly name: string; readonly wrong: string }
  | { readonly is: 'progress'; readonly events: Readonly<Record<string, number>> };

/** A call as its client saw it. */
export interface RecordedCall {
  readonly kind: CallKind;
  /** More than one, where something is badly wrong. */
  readonly outcomes: { readonly outcome: string; readonly value?: unknown; readonly lateMs: number }[];
}

/** All that is known of a run. */
export interface ChaosHistory {
  /** By name. */
  readonly calls: Map<string, RecordedCall>;
  /** How often servers began a call, by its name. */
  readonly runs: Map<string, number>;
  /** What streams found wrong: gaps, repeats, ends. */
  readonly brokenStreams: string[];
  /** How far each stream has come. */
  readonly events: Map<string, number>;
  /** Processes that ended by themselves. */
  readonly crashes: string[];
}

/** Makes an empty history. */
export function createHistory(): ChaosHistory {
  return { calls: new Map(), runs: new Map(), brokenStreams: [], events: new Map(), crashes: [] };
}

/** Takes in what a client said. */
export function takeClientLine(history: ChaosHistory, line: ClientLine): void {
  switch (line.is) {
    case 'call':
      history.calls.set(line.name, { kind: line.kind, outcomes: [] });
      return;
    case 'settled': {
      const { outcome, value, lateMs } = line;
      history.calls.get(line.name)?.outcomes.push({ outcome, value, lateMs });
      return;
    }
    case 'stream':
      history.brokenStreams.push(`${line.name}: ${line.wrong}`);
      return;
    case 'progress':
      for (const [name, last] of Object.entries(line.events)) history.events.set(name, last);
  }
}

/** Takes in that a server has begun a call. */
export function takeRun(history: ChaosHistory, name: string): void {
  history.runs.set(name, (history.runs.get(name) ?? 0) + 1);
}
