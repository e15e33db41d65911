import { describe, expect, test } from 'vitest';
import { createPartitionDirectory } from './partition-directory.js';

/** A directory whose clock and brokers are the test. */
function createHarness(maxTopics = 3) {
  const asked: string[] = [];
  let nowMs = 0;
  let answer: () => Promise<number | undefined> = () => Promise.resolve(12);
  const directory = createPartitionDirectory({
    driver: {
      countPartitions(topic) {
        asked.push(topic);
        return answer();
      },
    },
    now: () => nowMs,
    maxTopics,
  });
  return {
    directory,
    asked,
    pass: (ms: number) => {
      nowMs += ms;
    },
    answerWith: (next: typeof answer) => {
      answer = next;
    },
  };
}

describe('createPartitionDirectory', () => {
  test('asks once for all who ask at a time, and again when the answer is old', async () => {
    const { directory, asked, pass } = createHarness();
    expect(directory.known('a')).toBeUndefined();
    expect(await Promise.all([directory.lookUp('a'), directory.lookUp('a')])).toEqual([12, 12]);
    pass(9_999);
    await directory.lookUp('a');
    expect([asked, directory.known('a')]).toEqual([['a'], 12]);
    pass(1);
    await directory.lookUp('a');
    expect(asked).toEqual(['a', 'a']);
  });

  test('remembers for a while that a topic does not exist', async () => {
    const { directory, asked, answerWith } = createHarness();
    answerWith(() => Promise.resolve(undefined));
    expect([await directory.lookUp('a'), await directory.lookUp('a'), asked]).toEqual([
      undefined,
      undefined,
      ['a'],
    ]);
  });

  test('asks again at once after a failure, and keeps what it knew', async () => {
    const { directory, answerWith, pass } = createHarness();
    directory.learn('a', 6);
    pass(20_000);
    answerWith(() => Promise.reject(new Error('brokers away')));
    await expect(directory.lookUp('a')).rejects.toThrow('brokers away');
    expect(directory.known('a')).toBe(6);
    answerWith(() => Promise.resolve(8));
    expect(await directory.lookUp('a')).toBe(8);
  });

  test('strangers who name topics without end push out each other, not the topics of this process', async () => {
    const { directory } = createHarness(3);
    directory.learn('requests', 12);
    directory.learn('control', 3);
    for (let i = 0; i < 100; i++) await directory.lookUp(`stranger-${i}.replies`);
    expect([directory.known('requests'), directory.known('control')]).toEqual([12, 3]);
    expect([directory.known('stranger-98.replies'), directory.known('stranger-99.replies')]).toEqual([
      undefined,
      12,
    ]);
  });
});
