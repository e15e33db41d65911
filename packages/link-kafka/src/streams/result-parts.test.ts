import { describe, expect, test } from 'vitest';
import { createResultParts, type PartsOwner } from './result-parts.js';

const never = new Promise<never>(() => {});
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function createHarness() {
  const log: string[] = [];
  let waiting = 0;
  const owner: PartsOwner = {
    want() {
      waiting++;
      return () => {
        waiting--;
      };
    },
    errorOf: (cause) => new Error(`client: ${(cause as Error).message}`),
    done: (left) => void log.push(left ? 'left' : 'done'),
    forgotten: () => void log.push('forgotten'),
  };
  return {
    log,
    waiting: () => waiting,
    wrap: <TValue>(value: TValue): TValue => createResultParts(owner).wrapHead(value) as TValue,
  };
}

/** As tRPC's jsonl consumer makes an iterable. */
async function* items<TItem>(...given: TItem[]): AsyncGenerator<TItem, string> {
  yield* given;
  return 'returned';
}

async function* failing(): AsyncGenerator<number> {
  yield await Promise.reject(new Error('c'));
}

describe('createResultParts', () => {
  test('a result without parts is done at once, and the same', () => {
    const { wrap, log } = createHarness();
    const result = { a: [1], bytes: new Uint8Array(2) };
    expect([wrap(result), log]).toEqual([result, ['done']]);
  });

  test('a promise is wanted from when it is awaited, in whatever way, until it is settled', async () => {
    const { wrap, waiting, log } = createHarness();
    const source = deferred<number>();
    const { part } = wrap({ part: source.promise });
    expect(part).toBeInstanceOf(Promise);
    await turn();
    expect(waiting()).toBe(0);
    const all = Promise.all([part, (async () => part)(), Promise.resolve(part), part.finally(() => {})]);
    await turn();
    expect(waiting()).toBe(1);
    source.resolve(7);
    expect([await all, waiting(), log]).toEqual([[7, 7, 7, 7], 0, ['done']]);
  });

  test('what a part fails with is the owner’s to say, and what nobody awaits is unheard', async () => {
    const { wrap, log } = createHarness();
    const { read, iterable } = wrap({
      read: Promise.reject(new Error('a')),
      unread: Promise.reject(new Error('b')),
      iterable: failing(),
    });
    await expect(read).rejects.toThrow('client: a');
    await expect(iterable.next()).rejects.toThrow('client: c');
    expect(await iterable.next()).toEqual({ done: true, value: undefined });
    await turn();
    expect(log).toEqual([]);
  });

  test('an iterable is wanted while somebody waits for an item, and its return value counts as one', async () => {
    const { wrap, waiting, log } = createHarness();
    const iterable = wrap(items(1, 2));
    const next = iterable.next();
    expect(waiting()).toBe(1);
    expect([await next, waiting()]).toEqual([{ done: false, value: 1 }, 0]);
    await iterable.next();
    expect(log).toEqual([]);
    expect([await iterable.next(), log]).toEqual([{ done: true, value: 'returned' }, ['done']]);
  });

  test('parts within parts count before the part that held them is done with', async () => {
    const { wrap, log } = createHarness();
    const { outer } = wrap({ outer: Promise.resolve({ inner: Promise.resolve({ items: items(1) }) }) });
    const { inner } = await outer;
    expect(log).toEqual([]);
    const { items: innermost } = await inner;
    expect(log).toEqual([]);
    for await (const item of innermost) expect(item).toBe(1);
    expect(log).toEqual(['done']);
  });

  test('leaving the last part leaves the result; the others may be read before', async () => {
    const { wrap, log } = createHarness();
    const { a, b } = wrap({ a: items(1, 2), b: Promise.resolve('b') });
    for await (const _ of a) break;
    expect(log).toEqual([]);
    expect([await b, log]).toEqual(['b', ['left']]);
  });

  test('an iterable can be left while it waits, and before it was begun', async () => {
    const { wrap, log, waiting } = createHarness();
    let disposed = 0;
    async function* stuck(): AsyncGenerator<number> {
      try {
        yield 1;
        yield await never;
      } finally {
        disposed++;
      }
    }
    const { waits, unread } = wrap({ waits: stuck(), unread: stuck() });
    await waits.next();
    void waits.next();
    expect(waiting()).toBe(1);
    expect(await waits.return('x')).toEqual({ done: true, value: 'x' });
    await expect(unread.throw(new Error('thrown in'))).rejects.toThrow('thrown in');
    await turn();
    expect([log, disposed]).toEqual([['left'], 1]);
  });
});

function deferred<TValue>(): { promise: Promise<TValue>; resolve: (value: TValue) => void } {
  let resolve!: (value: TValue) => void;
  const promise = new Promise<TValue>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
