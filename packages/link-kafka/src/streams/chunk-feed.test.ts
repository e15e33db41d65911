import type { ChunkMessage } from '@trpc-kafka/core/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createChunkFeed } from './chunk-feed.js';

const chunkOf = (seq: number, length = 4): ChunkMessage => ({
  kind: 'chunk',
  id: 1,
  seq,
  lines: [`[${seq}]`.padEnd(length, ' ')],
});

/** A feed whose turns the test makes, and what it did. */
function createHarness() {
  const turns: (() => void)[] = [];
  const fed: number[] = [];
  let starving = false;
  const feed = createChunkFeed({
    onFed: (chunk) => fed.push(chunk.seq),
    onStarving: (isStarving) => {
      starving = isStarving;
    },
    nextTurn: (callback) => void turns.push(callback),
  });
  return {
    feed,
    fed,
    isStarving: () => starving,
    turn: () => {
      for (const run of turns.splice(0)) run();
    },
    read: async (): Promise<string[] | string> => {
      const lines: string[] = [];
      const decoder = new TextDecoder();
      try {
        for await (const bytes of feed.lines) lines.push(...decoder.decode(bytes).split('\n').slice(0, -1));
        return lines;
      } catch (error) {
        return `${lines.map((line) => line.trim()).join()} ${(error as Error).message}`;
      }
    },
  };
}

describe('createChunkFeed', () => {
  test('feeds nothing that nobody waits for, and a bounded number of chunks for whoever does', () => {
    const { feed, fed, turn } = createHarness();
    for (let seq = 1; seq <= 20; seq++) feed.push(chunkOf(seq));
    turn();
    expect(fed).toEqual([]);
    const wantNoMore = feed.want();
    turn();
    expect(fed).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    wantNoMore();
    turn();
    expect(fed).toHaveLength(8);
  });

  test('feeds few large chunks at once', () => {
    const { feed, fed, turn } = createHarness();
    for (let seq = 1; seq <= 3; seq++) feed.push(chunkOf(seq, 40_000));
    feed.want();
    turn();
    expect(fed).toEqual([1, 2]);
  });

  test('feeds nothing for a wait that what was fed before has ended', () => {
    const { feed, fed, turn } = createHarness();
    feed.push(chunkOf(1));
    const wantNoMore = feed.want();
    wantNoMore();
    turn();
    expect(fed).toEqual([]);
  });

  test('ends with its error once all is fed and somebody still waits', async () => {
    const { feed, turn, read } = createHarness();
    const reading = read();
    feed.want();
    turn();
    feed.push(chunkOf(1));
    feed.push(chunkOf(2));
    feed.end(() => new Error('the end'));
    feed.push(chunkOf(3));
    turn();
    // What was fed is read before the next turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    turn();
    expect(await reading).toBe('[1],[2] the end');
  });

  test('fails at once, with what was not fed', async () => {
    const { feed, turn, read, isStarving, fed } = createHarness();
    const reading = read();
    feed.push(chunkOf(1));
    feed.fail(new Error('left'));
    feed.want();
    turn();
    expect([await reading, isStarving(), fed]).toEqual([' left', false, []]);
  });

  test('whatever comes when: in order, never unasked, and starving exactly while somebody waits for nothing', () => {
    const step = fc.constantFrom('push' as const, 'want' as const, 'enough' as const, 'turn' as const);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const harness = createHarness();
        const { fed, turn, isStarving } = harness;
        const line = createRandomLine(harness);
        for (const next of steps) {
          const before = line.isWanted() ? undefined : fed.length;
          line[next]();
          if (before !== undefined) expect(fed).toHaveLength(before);
          expect(fed).toEqual(Array.from({ length: fed.length }, (_, n) => n + 1));
          if (isStarving()) expect([line.isWanted(), fed.length]).toEqual([true, line.pushed()]);
        }
        // Whoever waits on gets all of it.
        line.want();
        for (let n = 0; n <= line.pushed(); n++) turn();
        expect([fed.length, isStarving()]).toEqual([line.pushed(), true]);
      }),
    );
  });
});

/** What may happen to a feed, by name. */
function createRandomLine({ feed, turn }: ReturnType<typeof createHarness>) {
  const waits: (() => void)[] = [];
  let pushed = 0;
  return {
    push: () => feed.push(chunkOf(++pushed)),
    want: () => void waits.push(feed.want()),
    enough: () => waits.pop()?.(),
    turn,
    isWanted: () => waits.length > 0,
    pushed: () => pushed,
  };
}
