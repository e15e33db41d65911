import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CallQueue, createCallQueue, type QueuePlace } from './call-queue.js';

function takeAll(queue: CallQueue<number>): number[] {
  const taken: number[] = [];
  for (let call = queue.take(); call !== undefined; call = queue.take()) taken.push(call);
  return taken;
}

describe('createCallQueue', () => {
  test('lets calls leave in the order they came', () => {
    const queue = createCallQueue<number>('adaptive');
    for (const call of [1, 2, 3]) queue.push(call);
    expect([queue.take(), queue.size()]).toEqual([1, 2]);
    queue.push(4);
    expect([takeAll(queue), queue.size()]).toEqual([[2, 3, 4], 0]);
  });

  test('lets the newest leave first once one has run out of time, until it is empty', () => {
    const queue = createCallQueue<number>('adaptive');
    const [first] = [1, 2, 3].map((call) => queue.push(call));
    queue.remove(first!, 'expired');
    queue.push(4);
    expect(takeAll(queue)).toEqual([4, 3, 2]);
    for (const call of [5, 6]) queue.push(call);
    expect(takeAll(queue)).toEqual([5, 6]);
  });

  test('knows from calls that were late when they came that others are in danger, too', () => {
    const queue = createCallQueue<number>('adaptive');
    queue.cameLate();
    for (const call of [1, 2]) queue.push(call);
    expect(takeAll(queue)).toEqual([1, 2]);
    for (const call of [1, 2]) queue.push(call);
    queue.cameLate();
    expect(takeAll(queue)).toEqual([2, 1]);
  });

  test('goes on in order when a call is merely withdrawn, and in any case where it is told to', () => {
    const adaptive = createCallQueue<number>('adaptive');
    adaptive.remove([1, 2, 3].map((call) => adaptive.push(call))[1]!, 'withdrawn');
    expect(takeAll(adaptive)).toEqual([1, 3]);
    const arrival = createCallQueue<number>('arrival');
    arrival.remove([1, 2, 3].map((call) => arrival.push(call))[0]!, 'expired');
    expect(takeAll(arrival)).toEqual([2, 3]);
  });

  test('holds what a plain list would, whatever is done to it', () => {
    const steps = fc.array(fc.record({ kind: fc.constantFrom(...kinds), pick: fc.nat() }));
    fc.assert(
      fc.property(steps, (all) => {
        const queue = createCallQueue<number>('adaptive');
        const model = createModel();
        for (const { kind, pick } of all) {
          perform[kind](queue, model, pick);
          expect(queue.size()).toBe(model.places.length);
        }
        while (model.places.length > 0) perform.take(queue, model, 0);
      }),
    );
  });
});

const kinds = ['push', 'take', 'expired', 'withdrawn'] as const;

/** A plain list. */
interface Model {
  places: QueuePlace<number>[];
  newestFirst: boolean;
}

function createModel(): Model {
  return { places: [], newestFirst: false };
}

type Step = (queue: CallQueue<number>, model: Model, pick: number) => void;

const perform: Readonly<Record<(typeof kinds)[number], Step>> = {
  push: (queue, model, pick) => void model.places.push(queue.push(pick)),
  take(queue, model) {
    const place = model.newestFirst ? model.places.pop() : model.places.shift();
    if (model.places.length === 0) model.newestFirst = false;
    expect(queue.take()).toBe(place?.call);
  },
  expired: (queue, model, pick) => removeAt({ queue, model, why: 'expired' }, pick),
  withdrawn: (queue, model, pick) => removeAt({ queue, model, why: 'withdrawn' }, pick),
};

interface Removal {
  readonly queue: CallQueue<number>;
  readonly model: Model;
  readonly why: 'expired' | 'withdrawn';
}

function removeAt({ queue, model, why }: Removal, pick: number): void {
  const [place] = model.places.splice(pick % Math.max(1, model.places.length), 1);
  if (place === undefined) return;
  queue.remove(place, why);
  if (why === 'expired') model.newestFirst = true;
  if (model.places.length === 0) model.newestFirst = false;
}
