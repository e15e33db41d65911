import { describe, expect, test } from 'vitest';
import { createPartGuard } from './part-guard.js';

const never = new Promise<never>(() => {});
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function createHarness() {
  const controller = new AbortController();
  const late: string[] = [];
  const guard = createPartGuard({
    signal: controller.signal,
    onLateError: (error) => void late.push((error as Error).message),
  });
  return { abort: () => controller.abort(), late, guard: <TValue>(value: TValue) => guard(value) as TValue };
}

const aborted = expect.objectContaining({ name: 'AbortError' }) as Error;

describe('createPartGuard', () => {
  test('leaves what has no parts as it is', () => {
    const { guard } = createHarness();
    for (const value of [1, null, { a: { b: never } }, [never], new Date()]) expect(guard(value)).toBe(value);
  });

  test('hands on values, errors and return values, at every depth', async () => {
    const { guard } = createHarness();
    async function* generator() {
      yield { later: Promise.resolve('item') };
      return { later: Promise.resolve('returned') };
    }
    const { promise, failed, items } = guard({
      promise: Promise.resolve({ deeper: Promise.resolve('deep') }),
      failed: Promise.reject(new Error('no')),
      items: generator(),
    });
    expect(await (await promise).deeper).toBe('deep');
    await expect(failed).rejects.toThrow('no');
    const iterator = items[Symbol.asyncIterator]();
    const item = await iterator.next();
    const end = await iterator.next();
    expect([item.done, await item.value.later, end.done, await end.value.later]).toEqual([
      false,
      'item',
      true,
      'returned',
    ]);
  });

  test('keeps a field called __proto__ a field', () => {
    const { guard } = createHarness();
    const value = guard(JSON.parse('{"__proto__":{"evil":true},"a":1}') as object);
    const guarded = guard(Object.assign(value, { later: never }));
    expect([Object.keys(guarded), 'evil' in guarded]).toEqual([['__proto__', 'a', 'later'], false]);
  });

  test('ends every part that waits when the signal aborts, also one that is never settled', async () => {
    const { guard, abort } = createHarness();
    const { promise, items } = guard({
      promise: never,
      items: (async function* () {
        yield await never;
      })(),
    });
    const waiting = [promise, items[Symbol.asyncIterator]().next()].map((part) =>
      part.catch((error) => error),
    );
    abort();
    expect(await Promise.all(waiting)).toEqual([aborted, aborted]);
    await expect(guard({ later: never }).later).rejects.toEqual(aborted);
  });

  test('waits for the finally of a generator that has yielded, and not for one that never will', async () => {
    const { guard, abort } = createHarness();
    const log: string[] = [];
    async function* generator(next: Promise<unknown>) {
      try {
        yield 1;
        yield await next;
      } finally {
        await turn();
        log.push('finally');
      }
    }
    const [yielded, stuck] = [guard(generator(never)), guard(generator(never))].map((items) =>
      items[Symbol.asyncIterator](),
    );
    await yielded!.next();
    await stuck!.next();
    const waiting = stuck!.next().catch((error: unknown) => error);
    abort();
    await yielded!.return!();
    expect([log, await waiting]).toEqual([['finally'], aborted]);
    expect(await stuck!.return!()).toEqual({ done: true, value: undefined });
  });

  test('tells what fails after the abort, and in a finally', async () => {
    const { guard, abort, late } = createHarness();
    let reject!: (error: Error) => void;
    const { later } = guard({
      later: new Promise((_, fail) => {
        reject = fail;
      }),
    });
    const iterator = guard(
      (async function* () {
        try {
          yield 1;
        } finally {
          await Promise.reject(new Error('cannot close'));
        }
      })(),
    )[Symbol.asyncIterator]();
    await iterator.next();
    abort();
    await iterator.return!();
    reject(new Error('too late'));
    await expect(later).rejects.toEqual(aborted);
    await turn();
    expect(late).toEqual(['cannot close', 'too late']);
  });
});
