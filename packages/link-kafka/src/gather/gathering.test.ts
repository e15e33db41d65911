import { describe, expect, test } from 'vitest';
import { createGathering, type GatherRules, type GatherSink } from './gathering.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A gathering whose servers and clock are the test. */
function createHarness({ parts = 1, ...rules }: Partial<GatherRules<number>> & { parts?: number } = {}) {
  let nowMs = 0;
  let timer: { readonly atMs: number; readonly callback: () => void } | undefined;
  const reading = { caughtUp: true };
  const left: number[] = [];
  const sinks: GatherSink<number>[] = [];
  const gathering = createGathering<number>(
    {
      rules: { maxAnswers: 100, stallMs: undefined, until: undefined, signals: [], ...rules },
      isCaughtUp: () => reading.caughtUp,
      clock: {
        now: () => nowMs,
        setTimeout: (callback, ms) => {
          timer = { atMs: nowMs + ms, callback };
          return timer;
        },
        clearTimeout: () => {
          timer = undefined;
        },
      },
    },
    Array.from({ length: parts }, (_, n) => (sink: GatherSink<number>) => {
      sinks.push(sink);
      return { leave: () => void left.push(n) };
    }),
  );
  return {
    gathering,
    sinks,
    left,
    reading,
    answer: (...answers: number[]): void => {
      for (const each of answers) sinks[0]!.answer(each);
    },
    timers: () => (timer === undefined ? 0 : 1),
    pass: (ms: number): void => {
      nowMs += ms;
      const due = timer;
      if (due === undefined || due.atMs > nowMs) return;
      timer = undefined;
      due.callback();
    },
  };
}

const failure = (service: string) => ({ service, error: new Error(`cannot ask ${service}`) });

describe('a gathering ends', () => {
  test('with its last answer of so many; what comes later is not there', async () => {
    const { gathering, answer, left } = createHarness({ maxAnswers: 2 });
    answer(1, 2, 3);
    expect(await gathering.all()).toEqual([1, 2]);
    expect(await gathering.ended).toEqual({ reason: 'count', answers: 2, failures: [] });
    expect(left).toEqual([0]);
  });

  test('with the end mark, which is an answer', async () => {
    const { gathering, answer } = createHarness({ until: (each) => each === 2 });
    answer(1, 2, 3);
    expect(await gathering.all()).toEqual([1, 2]);
    expect(await gathering.ended).toMatchObject({ reason: 'until' });
  });

  test('with what the end mark throws', async () => {
    const { gathering, answer } = createHarness({
      until() {
        throw new Error('no mark');
      },
    });
    answer(1);
    await expect(gathering.all()).rejects.toThrow('no mark');
    expect(await gathering.ended).toMatchObject({ reason: 'failed' });
  });

  test('with a pause after an answer, not before the first', async () => {
    const { gathering, answer, pass, timers } = createHarness({ stallMs: 100 });
    pass(10_000);
    answer(1);
    pass(60);
    answer(2);
    pass(60);
    answer(3);
    pass(99);
    expect(timers()).toBe(1);
    pass(1);
    expect(await gathering.all()).toEqual([1, 2, 3]);
    expect(await gathering.ended).toMatchObject({ reason: 'stall' });
    expect(timers()).toBe(0);
  });

  test("with no pause that is its own process's: what was not read may hold answers", async () => {
    const { gathering, answer, pass, reading } = createHarness({ stallMs: 100 });
    answer(1);
    reading.caughtUp = false;
    pass(5000);
    answer(2);
    reading.caughtUp = true;
    pass(100);
    pass(100);
    expect(await gathering.all()).toEqual([1, 2]);
  });

  test('when the time of every part is over', async () => {
    const { gathering, sinks } = createHarness({ parts: 2 });
    sinks[0]!.ended();
    sinks[1]!.answer(1);
    sinks[1]!.ended();
    expect(await gathering.all()).toEqual([1]);
    expect(await gathering.ended).toEqual({ reason: 'timeout', answers: 1, failures: [] });
  });

  test('with its signal, and an aborted one asks nobody', async () => {
    const controller = new AbortController();
    const { gathering, answer, left } = createHarness({ signals: [controller.signal] });
    answer(1);
    controller.abort();
    expect(await gathering.all()).toEqual([1]);
    expect(await gathering.ended).toMatchObject({ reason: 'signal' });
    expect(left).toEqual([0]);
    const asked = createHarness({ signals: [controller.signal] });
    expect(asked.sinks).toEqual([]);
    expect(await asked.gathering.all()).toEqual([]);
  });

  test('when its loop is left', async () => {
    const { gathering, answer, left } = createHarness();
    answer(1, 2);
    for await (const each of gathering) if (each === 1) break;
    expect(await gathering.ended).toMatchObject({ reason: 'left' });
    expect(left).toEqual([0]);
    expect(await gathering.all()).toEqual([1, 2]);
  });
});

describe('a service that cannot be asked', () => {
  test('is an error when there is no other', async () => {
    const { gathering, sinks } = createHarness({ parts: 2 });
    const iterating = (async () => {
      for await (const _ of gathering) throw new Error('there is an answer');
    })();
    sinks[0]!.ended(failure('a'));
    sinks[1]!.ended(failure('b'));
    await expect(iterating).rejects.toThrow('cannot ask a');
    await expect(gathering.all()).rejects.toThrow('cannot ask a');
    const { reason, failures } = await gathering.ended;
    expect([reason, failures.map(({ service }) => service)]).toEqual(['failed', ['a', 'b']]);
  });

  test('is told beside the answers of others', async () => {
    const { gathering, sinks } = createHarness({ parts: 2 });
    sinks[0]!.ended(failure('a'));
    sinks[1]!.answer(1);
    sinks[1]!.failed(failure('b'));
    sinks[1]!.ended();
    expect(await gathering.all()).toEqual([1]);
    const { reason, failures } = await gathering.ended;
    expect([reason, failures.map(({ service }) => service)]).toEqual(['timeout', ['a', 'b']]);
  });
});

test('answers are there for any number of readers, as they come', async () => {
  const { gathering, answer, sinks } = createHarness();
  const seen: string[] = [];
  const read = async (name: string): Promise<void> => {
    for await (const each of gathering) seen.push(`${name}${each}`);
    seen.push(`${name} over`);
  };
  const first = read('x');
  answer(1);
  await turn();
  const second = read('y');
  await turn();
  expect(seen).toEqual(['x1', 'y1']);
  answer(2);
  await turn();
  expect(seen.slice(2).sort()).toEqual(['x2', 'y2']);
  sinks[0]!.ended();
  await Promise.all([first, second]);
  expect(seen.slice(4).sort()).toEqual(['x over', 'y over']);
});
