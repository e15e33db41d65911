import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createDoubtfulRecords, type DoubtfulRecord } from './doubtful-records.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function createHarness({ maxTogether = 3 } = {}) {
  const begun: string[] = [];
  const announcements: string[] = [];
  const records = new Map<string, DoubtfulRecord>();
  let answer: () => boolean | Promise<boolean> = () => true;
  const doubtful = createDoubtfulRecords({
    maxTogether,
    aloneMs: 1000,
    async announce() {
      announcements.push(
        [...records].map(([name, { tries }]) => `${name}${tries.attempts}${tries.unended}`).join(' '),
      );
      return await answer();
    },
  });
  return {
    begun,
    announcements,
    doubtful,
    add: (name: string, unended = 0): void => {
      const record: DoubtfulRecord = {
        partition: 0,
        tries: { attempts: unended, unended },
        begin: () => begun.push(name),
      };
      records.set(name, record);
      doubtful.add(record);
    },
    end: (name: string) => doubtful.ended(records.get(name)!),
    record: (name: string) => records.get(name)!,
    answers: (next: typeof answer): void => {
      answer = next;
    },
    settle: (ms = 0) => vi.advanceTimersByTimeAsync(ms),
  };
}

describe('createDoubtfulRecords', () => {
  test('those nobody suspects begin together, with one announcement before', async () => {
    const { add, begun, announcements, settle } = createHarness();
    add('a');
    add('b');
    await settle();
    expect(announcements).toEqual(['a11 b11']);
    expect(begun).toEqual(['a', 'b']);
  });

  test('not more run together than may be suspected together', async () => {
    const { add, begun, end, settle } = createHarness({ maxTogether: 2 });
    for (const name of ['a', 'b', 'c']) add(name);
    await settle();
    expect(begun).toEqual(['a', 'b']);
    end('a');
    await settle();
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  test('suspects begin after the others and one by one, the most suspicious last', async () => {
    const { add, begun, end, settle } = createHarness();
    add('killer', 2);
    add('x', 1);
    add('y', 1);
    add('innocent');
    await settle();
    expect(begun).toEqual(['innocent']);
    const order = ['innocent', 'x', 'y', 'killer'];
    for (const [n, name] of order.entries()) {
      expect(begun).toEqual(order.slice(0, n + 1));
      end(name);
      await settle();
    }
  });

  test('one that runs long holds up no other for ever', async () => {
    const { add, begun, settle } = createHarness();
    add('hung', 1);
    add('other', 1);
    await settle();
    expect(begun).toEqual(['hung']);
    await settle(1000);
    expect(begun).toEqual(['hung', 'other']);
  });

  test('nothing begins that could not be announced; it is tried again, and counted once', async () => {
    const { add, begun, answers, record, settle } = createHarness();
    answers(() => false);
    add('a');
    await settle();
    expect([begun, record('a').tries]).toEqual([[], { attempts: 0, unended: 0 }]);
    answers(() => true);
    await settle(500);
    expect([begun, record('a').tries]).toEqual([['a'], { attempts: 1, unended: 1 }]);
  });

  test('what is lost while it is announced does not begin', async () => {
    const { add, begun, answers, doubtful, settle } = createHarness();
    let told: (kept: boolean) => void = () => {};
    answers(() => new Promise((resolve) => (told = resolve)));
    add('a');
    await settle();
    doubtful.drop(() => true);
    told(true);
    await settle();
    expect(begun).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
