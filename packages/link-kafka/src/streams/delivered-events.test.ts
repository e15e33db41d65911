import { formatTopicEventId, parseTopicEventId } from '@trpc-kafka/core/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDeliveredEvents } from './delivered-events.js';

const partitions = 3;
const perPartition = 6;

/** A stream of a topic, whose records it mixes as it is told. */
function createTopicStream(lastEventId: string | undefined) {
  const position = new Map(
    Array.from({ length: partitions }, (_, partition) => [partition, 0] as [number, number]),
  );
  for (const [partition, next] of parseTopicEventId(lastEventId ?? '')?.position ?? [])
    position.set(partition, next);
  return {
    /** The next event, of the partition that is asked for if it has one. */
    next(choice: number): string | undefined {
      for (let step = 0; step < partitions; step++) {
        const partition = (choice + step) % partitions;
        const offset = position.get(partition)!;
        if (offset === perPartition) continue;
        position.set(partition, offset + 1);
        return formatTopicEventId({ partition, offset }, position);
      }
      return undefined;
    },
  };
}

const everyRecord = Array.from({ length: partitions }, (_, partition) =>
  Array.from({ length: perPartition }, (__, offset) => `${partition}:${offset}`),
);

const recordOf = (eventId: string): string => {
  const { partition, offset } = parseTopicEventId(eventId)!;
  return `${partition}:${offset}`;
};

/** A subscription that is handed over, or lost, at any time. */
function createSubscription() {
  const events = createDeliveredEvents();
  const delivered: string[] = [];
  let current: ReturnType<typeof createTopicStream> | undefined;
  let next: ReturnType<typeof createTopicStream> | undefined;
  return {
    delivered,
    /** False when the stream has come to its end. */
    read(choice: number): boolean {
      const eventId = current?.next(choice);
      if (eventId === undefined) return current === undefined;
      const id = events.deliver(eventId);
      if (id !== undefined) delivered.push(id);
      return true;
    },
    ask(): void {
      events.ask();
      next = createTopicStream(events.last());
    },
    move(): void {
      if (next === undefined) return;
      current = next;
      next = undefined;
      events.move();
    },
    lose(): void {
      current = undefined;
    },
  };
}

type Step = { readonly do: 'read'; readonly choice: number } | { readonly do: 'ask' | 'move' | 'lose' };

describe('events whose ids are positions in a topic', () => {
  const steps: fc.Arbitrary<Step[]> = fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ do: fc.constant('read' as const), choice: fc.nat(partitions - 1) }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('ask' as const, 'move' as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const) }) },
    ),
    { maxLength: 80 },
  );

  function run(all: readonly Step[]): readonly string[] {
    const subscription = createSubscription();
    subscription.ask();
    subscription.move();
    for (const step of all) {
      if (step.do === 'read') subscription.read(step.choice);
      else subscription[step.do]();
    }
    subscription.lose();
    subscription.ask();
    subscription.move();
    while (subscription.read(0));
    return subscription.delivered;
  }

  const checkAll = (ids: readonly string[]): void => {
    const records = ids.map(recordOf);
    const byPartition = everyRecord.map((_, partition) =>
      records.filter((record) => record.startsWith(`${partition}:`)),
    );
    expect(byPartition).toEqual(everyRecord);
  };

  test('come once, in the order of their partition, however streams overlap and mix them', () => {
    fc.assert(
      fc.property(steps, (all) => checkAll(run(all))),
      { numRuns: 500 },
    );
  });

  test('each can be gone on from: what follows its id is what was not delivered up to it', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (all, at) => {
        const ids = run(all);
        const kept = ids.slice(0, (at % ids.length) + 1);
        const resumed = createTopicStream(kept.at(-1));
        for (let id = resumed.next(0); id !== undefined; id = resumed.next(0)) kept.push(id);
        checkAll(kept);
      }),
      { numRuns: 500 },
    );
  });
});

describe('events with other ids', () => {
  test('come once where streams overlap, also when they look like numbers of a topic', () => {
    const events = createDeliveredEvents();
    events.ask();
    events.move();
    expect(['3:17', '3:18'].map((id) => events.deliver(id))).toEqual(['3:17', '3:18']);
    events.ask();
    expect(events.deliver('3:19')).toBe('3:19');
    events.move();
    expect(['3:18', '3:19', '3:2'].map((id) => events.deliver(id))).toEqual([undefined, undefined, '3:2']);
    expect(events.last()).toBe('3:2');
  });
});
