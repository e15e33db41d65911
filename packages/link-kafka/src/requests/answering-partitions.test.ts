import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAnsweringPartitions } from './answering-partitions.js';

/** Partitions by a clock that the test sets; the first to be picked is 0. */
function create() {
  const clock = { ms: 0 };
  const partitions = createAnsweringPartitions({ now: () => clock.ms, random: () => 0, silentMs: 1000 });
  const pick = (count: number, times: number): number[] =>
    Array.from({ length: times }, () => partitions.pick(count));
  return { partitions, clock, pick };
}

describe('createAnsweringPartitions', () => {
  test('goes round the partitions', () => {
    expect(create().pick(3, 6)).toEqual([0, 1, 2, 0, 1, 2]);
  });

  test('a partition in which a call has waited for a second is left out, but for a call each second, until it answers', () => {
    const { partitions, clock, pick } = create();
    partitions.sent(1);
    clock.ms = 999;
    expect(pick(3, 3)).toEqual([0, 1, 2]);
    clock.ms = 1000;
    expect(pick(3, 4)).toEqual([0, 2, 0, 2]);
    clock.ms = 2000;
    expect(pick(3, 4)).toEqual([0, 1, 2, 0]);
    clock.ms = 2999;
    expect(pick(3, 3)).not.toContain(1);
    partitions.answered(1);
    expect(new Set(pick(3, 3))).toEqual(new Set([0, 1, 2]));
  });

  test('an answer ends the silence of calls sent before it; the next call begins another', () => {
    const { partitions, clock, pick } = create();
    partitions.sent(0);
    clock.ms = 900;
    partitions.answered(0);
    partitions.sent(0);
    clock.ms = 1800;
    expect(pick(2, 2)).toEqual([0, 1]);
    clock.ms = 1900;
    expect(pick(2, 2)).toEqual([1, 1]);
  });

  test('partitions that are all silent are all used', () => {
    const { partitions, clock, pick } = create();
    for (const partition of [0, 1, 2]) partitions.sent(partition);
    clock.ms = 1500;
    expect(pick(3, 3)).toEqual([0, 1, 2]);
  });

  test('those behind a silent one get no more than their share', () => {
    const { partitions, clock, pick } = create();
    partitions.sent(1);
    clock.ms = 1000;
    const picked = pick(4, 300);
    const shares = [0, 2, 3].map((partition) => picked.filter((one) => one === partition).length);
    expect(shares).toEqual([100, 100, 100]);
  });

  test('whatever is sent and answered, a pick is one of the partitions', () => {
    const happening = fc.record({
      what: fc.constantFrom('sent', 'answered', 'pick'),
      partition: fc.nat(5),
      afterMs: fc.nat(1500),
    });
    fc.assert(
      fc.property(fc.array(happening), fc.integer({ min: 1, max: 8 }), (happenings, count) => {
        const { partitions, clock } = create();
        for (const { what, partition, afterMs } of happenings) {
          clock.ms += afterMs;
          if (what !== 'pick') partitions[what as 'sent' | 'answered'](partition);
          else expect(partitions.pick(count)).toSatisfy((one: number) => one >= 0 && one < count);
        }
      }),
    );
  });
});
