/**
 * Shows a walk: numbered steps, the call that each one makes, and how long it took.
 * Owns: the layout of the client's output and the times and answers it has seen.
 * Must not know: what is called, over which transport.
 */
import { isDeepStrictEqual } from 'node:util';
import { column, milliseconds } from './columns.js';
import type { Paint } from './paint.js';

/** What one step of the walk can do while it runs. */
export interface Step {
  /** Runs a call and shows its code with its time; the first call's time stands for the step. */
  call<Result>(code: string, run: () => Promise<Result>): Promise<Result>;
  /** Shows the code of a call whose answers come one by one. */
  begin(code: string): void;
  say(line: string): void;
  /** Keeps what must be the same over every transport. */
  answer(value: unknown): void;
}

/** What a step took and found. */
export interface StepRecord {
  readonly title: string;
  ms: number;
  readonly answers: unknown[];
}

/** Runs steps and shows them. */
export interface Stage {
  step<Result>(title: string, body: (step: Step) => Promise<Result>): Promise<Result>;
  readonly records: readonly StepRecord[];
}

export interface StageOptions {
  readonly write: (text: string) => void;
  readonly paint: Paint;
}

const codeWidth = 78;

/** Shows everything: the calls, their answers, their times. */
export function createFullStage(options: StageOptions): Stage {
  const { paint, write } = options;
  const records: StepRecord[] = [];
  return {
    records,
    step: async (title, body) => {
      const record: StepRecord = { title, ms: Number.NaN, answers: [] };
      records.push(record);
      write(`\n ${paint.accent(column(String(records.length), 2, 'right'))}  ${paint.strong(title)}\n`);
      return await body({
        ...recorder(record, (code, ms) => {
          write(`     ${paint.quiet(column(code, codeWidth))}${column(milliseconds(ms), 9, 'right')}\n`);
        }),
        begin: (code) => write(`     ${paint.quiet(code)}\n`),
        say: (line) => write(`       ${line}\n`),
      });
    },
  };
}

/** Shows one line a step: its time here beside its time there, after checking that the answers are the same. */
export function createComparingStage(options: StageOptions & { readonly earlier: Stage }): Stage {
  const { paint, write, earlier } = options;
  const records: StepRecord[] = [];
  return {
    records,
    step: async (title, body) => {
      const record: StepRecord = { title, ms: Number.NaN, answers: [] };
      const before = earlier.records[records.length];
      records.push(record);
      const result = await body({ ...recorder(record, () => {}), begin: () => {}, say: () => {} });
      if (!isDeepStrictEqual(record.answers, before?.answers)) {
        throw new Error(`"${title}": the answer differs between the transports`);
      }
      const times = [before?.ms ?? Number.NaN, record.ms].map((ms) => column(milliseconds(ms), 12, 'right'));
      const number = paint.accent(column(String(records.length), 2, 'right'));
      write(` ${number}  ${column(title, 44)}${times.join('')}   ${paint.good('same answer')}\n`);
      return result;
    },
  };
}

function recorder(
  record: StepRecord,
  onCall: (code: string, ms: number) => void,
): Pick<Step, 'call' | 'answer'> {
  return {
    call: async (code, run) => {
      const startedAt = performance.now();
      const result = await run();
      const ms = performance.now() - startedAt;
      if (Number.isNaN(record.ms)) record.ms = ms;
      onCall(code, ms);
      return result;
    },
    answer: (value) => {
      record.answers.push(value);
    },
  };
}
