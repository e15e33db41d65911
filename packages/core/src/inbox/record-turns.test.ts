import { describe, expect, it } from 'vitest';
import type { IncomingRecord } from '../driver/record.js';
import { createRecordTurns } from './record-turns.js';

const record = (offset: number, bytes = 1000): IncomingRecord => ({
  topic: 't',
  partition: 0,
  offset,
  timestampMs: 0,
  key: null,
  value: Buffer.alloc(bytes),
  headers: {},
});
const records = (count: number, from = 0): IncomingRecord[] =>
  Array.from({ length: count }, (_, n) => record(from + n));
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

function createHarness(options: { turnBytes?: number; maxWaitingBytes?: number } = {}) {
  const delivered: number[] = [];
  const turns = createRecordTurns({
    turnBytes: 2000,
    ...options,
    deliver: ({ offset }) => delivered.push(offset),
  });
  return { turns, delivered };
}

describe('record turns', () => {
  it('deliver what is little at once', () => {
    const { turns, delivered } = createHarness();
    turns.take(records(2));
    expect([delivered, turns.isDone()]).toEqual([upTo(2), true]);
  });

  it('deliver what is much in pieces, in its order, whatever comes meanwhile', async () => {
    const { turns, delivered } = createHarness();
    turns.take(records(4));
    turns.take(records(1, 4));
    const counts = [delivered.length];
    while (!turns.isDone()) {
      await nextTurn();
      counts.push(delivered.length);
    }
    expect(counts).toEqual([2, 4, 5]);
    expect(delivered).toEqual(upTo(5));
  });

  it('let whoever was answered go on between two pieces', async () => {
    const log: string[] = [];
    const turns = createRecordTurns({
      turnBytes: 1,
      deliver: ({ offset }) => {
        log.push(`delivered ${offset}`);
        void Promise.resolve().then(() => setImmediate(() => log.push(`written ${offset}`)));
      },
    });
    turns.take(records(3));
    while (log.length < 6) await nextTurn();
    expect(log.indexOf('written 0')).toBeLessThan(log.indexOf('delivered 2'));
  });

  it('keep no more waiting than they may', () => {
    const { turns, delivered } = createHarness({ maxWaitingBytes: 5000 });
    turns.take(records(4));
    expect(delivered).toEqual(upTo(2));
    turns.take(records(6, 4));
    expect([delivered, turns.isDone()]).toEqual([upTo(10), true]);
  });

  it('deliver nothing any more once they are closed, also by one of the records', async () => {
    const delivered: number[] = [];
    const turns = createRecordTurns({
      deliver: ({ offset }) => {
        delivered.push(offset);
        if (offset === 10) turns.close();
      },
      turnBytes: 2000,
    });
    turns.take(records(4, 9));
    await nextTurn();
    expect([delivered, turns.isDone()]).toEqual([[9, 10], true]);
  });
});
