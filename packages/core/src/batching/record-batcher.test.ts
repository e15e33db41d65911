import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ProduceOutcome } from '../driver/kafka-driver.js';
import type { OutgoingRecord, RecordPosition } from '../driver/record.js';
import {
  type BatchEntry,
  type BatchPartitions,
  createRecordBatcher,
  type PartitionPicker,
} from './record-batcher.js';

/** A driver whose batches end when the test says so. */
function createFakeDriver(maxBatchesInFlight = 1) {
  const batches: {
    records: readonly OutgoingRecord[];
    settle(outcomes?: readonly ProduceOutcome[]): void;
    reject(error: Error): void;
  }[] = [];
  const driver = {
    maxBatchesInFlight,
    produce(records: readonly OutgoingRecord[]) {
      return new Promise<readonly ProduceOutcome[]>((resolve, reject) => {
        const written = (): readonly ProduceOutcome[] =>
          records.map(({ topic, partition }, offset) => ({
            ok: true,
            position: { topic, partition, offset },
          }));
        batches.push({ records, settle: (outcomes) => resolve(outcomes ?? written()), reject });
      });
    },
  };
  return { driver, batches, values: () => batches.map(({ records }) => records.map(({ value }) => value)) };
}

class TestEntry implements BatchEntry {
  outcome: RecordPosition | Error | undefined;
  wanted = true;
  readonly value: string;
  readonly bytes: number;
  private readonly picker: PartitionPicker | undefined;

  constructor(value: string, options: { bytes?: number; picker?: PartitionPicker } = {}) {
    this.value = value;
    this.bytes = options.bytes ?? 100;
    this.picker = options.picker;
  }

  toRecord(batch: BatchPartitions): OutgoingRecord | undefined {
    if (!this.wanted) return undefined;
    const partition = this.picker === undefined ? 0 : batch.partitionFor(this.picker);
    return { topic: 't', partition, key: null, value: this.value, headers: {} };
  }

  delivered(position: RecordPosition): void {
    this.outcome = position;
  }

  failed(error: Error): void {
    this.outcome = error;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Lets everything run that is due now. */
const turn = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

describe('createRecordBatcher', () => {
  test('writes what one turn brings in one batch', async () => {
    const { driver, values } = createFakeDriver();
    const batcher = createRecordBatcher({ driver });
    for (const value of ['a', 'b', 'c']) batcher.add(new TestEntry(value));
    expect(values()).toEqual([]);
    await turn();
    expect(values()).toEqual([['a', 'b', 'c']]);
  });

  test('gathers while a batch is in flight, and keeps the order', async () => {
    const { driver, batches, values } = createFakeDriver();
    const batcher = createRecordBatcher({ driver });
    batcher.add(new TestEntry('a'));
    await turn();
    batcher.add(new TestEntry('b'));
    batcher.add(new TestEntry('c'));
    await turn();
    expect(values()).toEqual([['a']]);
    batches[0]!.settle();
    await turn();
    expect(values()).toEqual([['a'], ['b', 'c']]);
  });

  test('tells each entry its own outcome', async () => {
    const { driver, batches } = createFakeDriver();
    const batcher = createRecordBatcher({ driver });
    const [good, bad] = [new TestEntry('good'), new TestEntry('bad')];
    batcher.add(good);
    batcher.add(bad);
    await turn();
    const error = new Error('too large');
    batches[0]!.settle([
      { ok: true, position: { topic: 't', partition: 0, offset: 7 } },
      { ok: false, error },
    ]);
    await turn();
    expect(good.outcome).toEqual({ topic: 't', partition: 0, offset: 7 });
    expect(bad.outcome).toBe(error);
  });

  test('a driver that breaks its promise and rejects fails its batch, and the next one goes on', async () => {
    const { driver, batches, values } = createFakeDriver();
    const batcher = createRecordBatcher({ driver });
    const [first, second] = [new TestEntry('first'), new TestEntry('second')];
    batcher.add(first);
    await turn();
    batcher.add(second);
    batches[0]!.reject(new Error('broken'));
    await turn();
    expect(first.outcome).toEqual(new Error('broken'));
    expect(values()).toEqual([['first'], ['second']]);
  });

  test('leaves out what is no longer wanted when its batch is formed', async () => {
    const { driver, values } = createFakeDriver();
    const batcher = createRecordBatcher({ driver });
    const entries = ['a', 'b'].map((value) => new TestEntry(value));
    for (const entry of entries) batcher.add(entry);
    entries[0]!.wanted = false;
    await turn();
    expect(values()).toEqual([['b']]);
  });

  test('goes on when nothing of a batch is wanted', async () => {
    const { driver, values } = createFakeDriver();
    const batcher = createRecordBatcher({ driver, maxRecords: 1 });
    const [dropped, kept] = [new TestEntry('dropped'), new TestEntry('kept')];
    dropped.wanted = false;
    batcher.add(dropped);
    batcher.add(kept);
    await turn();
    expect(values()).toEqual([['kept']]);
  });

  test('keeps batches below the limits, and sends a record above them alone', async () => {
    const { driver, batches, values } = createFakeDriver();
    const batcher = createRecordBatcher({ driver, maxRecords: 3, maxBytes: 250 });
    for (const value of ['a', 'b', 'c']) batcher.add(new TestEntry(value));
    batcher.add(new TestEntry('large', { bytes: 1000 }));
    for (const value of ['d', 'e', 'f', 'g']) batcher.add(new TestEntry(value, { bytes: 10 }));
    for (let i = 0; i < 5; i++) {
      await turn();
      batches[i]!.settle();
    }
    expect(values()).toEqual([['a', 'b'], ['c'], ['large'], ['d', 'e', 'f'], ['g']]);
  });

  test('asks a picker once per batch', async () => {
    const { driver, batches } = createFakeDriver();
    const batcher = createRecordBatcher({ driver });
    let next = 0;
    const picker = { pick: () => next++ };
    for (const value of ['a', 'b']) batcher.add(new TestEntry(value, { picker }));
    await turn();
    batches[0]!.settle();
    batcher.add(new TestEntry('c', { picker }));
    await turn();
    expect(batches.map(({ records }) => records.map(({ partition }) => partition))).toEqual([[0, 0], [1]]);
  });

  test('goes on without a settled batch when the driver allows more of them', async () => {
    const { driver, values } = createFakeDriver();
    const batcher = createRecordBatcher({ driver });
    batcher.add(new TestEntry('held up'));
    await turn();
    batcher.add(new TestEntry('next'));
    driver.maxBatchesInFlight = 2;
    await vi.advanceTimersByTimeAsync(100);
    expect(values()).toEqual([['held up'], ['next']]);
  });

  test('drains what was added before, however much comes after it', async () => {
    const { driver, batches } = createFakeDriver(2);
    const batcher = createRecordBatcher({ driver });
    batcher.add(new TestEntry('before'));
    await turn();
    let drained = false;
    void batcher.drain().then(() => {
      drained = true;
    });
    batcher.add(new TestEntry('after'));
    await turn();
    batches[1]!.settle();
    await turn();
    expect(drained).toBe(false);
    batcher.add(new TestEntry('and after that'));
    batches[0]!.settle();
    await turn();
    expect(drained).toBe(true);
  });

  test('drains when everything is settled, and leaves no timer behind', async () => {
    const { driver, batches } = createFakeDriver();
    const batcher = createRecordBatcher({ driver });
    await batcher.drain();
    batcher.add(new TestEntry('a'));
    await turn();
    batcher.add(new TestEntry('b'));
    let drained = false;
    const draining = batcher.drain().then(() => {
      drained = true;
    });
    batches[0]!.settle();
    await turn();
    expect(drained).toBe(false);
    batches[1]!.settle();
    await turn();
    await draining;
    expect(batcher.queued()).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
