/** More calls than can be answered: in simulated time, so that what is measured is the order in which calls are begun and nothing else. */
import { describe, expect, test } from 'vitest';
import { type SimulationOptions, simulateServer } from '../../test/support/simulated-server.js';

const server = { maxConcurrentCalls: 50, timeoutMs: 500, resolverMs: () => 20 } as const;
const seconds = 2;

/** Answers a second when each of 200 callers makes a call as soon as it has the answer to its last. */
async function closedLoopPeak(): Promise<number> {
  const simulation = simulateServer({ ...server, order: 'arrival' });
  const again = (): void => simulation.call('p', again);
  for (let caller = 0; caller < 200; caller++) again();
  await simulation.run(1000);
  const before = simulation.answered('p');
  await simulation.run(1000);
  return simulation.answered('p') - before;
}

const peak = closedLoopPeak();

/** The share of the capacity that is answered in time when calls come faster than that, whatever becomes of those before. */
async function answeredShare(
  times: number,
  options: Pick<SimulationOptions, 'order' | 'bounds'>,
): Promise<number> {
  const capacity = await peak;
  const simulation = simulateServer({ ...server, ...options });
  simulation.every(1000 / (capacity * times), () => simulation.call('p'));
  await simulation.run(seconds * 1000);
  return simulation.answered('p') / (capacity * seconds);
}

describe('a server that is asked more than it can answer', () => {
  test.each([1.2, 3, 8])(
    'asked %s times as much, it answers in time more than nine tenths of what it could',
    async (times) => expect(await answeredShare(times, {})).toBeGreaterThan(0.9),
  );

  test.each([
    ['reads as little ahead as keeps it busy', { maxCalls: 100, maxBytes: 1e9 }],
    ['reads everything', { maxCalls: 1e9, maxBytes: 1e9 }],
  ])('would answer less than half of that if it went by the order of arrival, and %s', async (_, bounds) =>
    expect(await answeredShare(3, { order: 'arrival', bounds })).toBeLessThan(0.5),
  );

  test('would answer a good part less if it read no more ahead than keeps it busy', async () =>
    expect(await answeredShare(3, { bounds: { maxCalls: 100, maxBytes: 1e9 } })).toBeLessThan(0.8));

  test('drops what is too late without running it, and counts it', async () => {
    const simulation = simulateServer(server);
    simulation.every(1 / 7.5, () => simulation.call('p'));
    await simulation.run(2000);
    const { expired } = simulation.counters();
    expect(expired).toBeGreaterThan(5000);
    // What was begun was answered: but for a few at the time when it was not yet known that there is too much.
    expect(simulation.answered('p') / simulation.ran('p')).toBeGreaterThan(0.9);
  });

  test('goes back to the order of arrival when there is no more than it can answer', async () => {
    const simulation = simulateServer(server);
    for (let n = 0; n < 4000; n++) simulation.call('p');
    await simulation.run(2000);
    const before = simulation.answered('p');
    // Just as many as there are places: answered in turn, each waits no longer than those before it take.
    const order: number[] = [];
    for (let n = 0; n < 200; n++) simulation.call('p', () => order.push(n));
    await simulation.run(500);
    expect(simulation.answered('p') - before).toBe(200);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });
});

describe('a procedure that has a limit', () => {
  test('does not hold up the calls of others, however many of its own come', async () => {
    const simulation = simulateServer({
      ...server,
      timeoutMs: 10_000,
      resolverMs: (path) => (path === 'slow' ? 1000 : 20),
      rulesOf: (path) => (path === 'slow' ? { maxConcurrent: 10 } : {}),
    });
    simulation.every(0.5, () => simulation.call('slow'));
    simulation.every(1, () => simulation.call('quick'));
    await simulation.run(6000);
    expect(simulation.answered('quick')).toBeGreaterThan(5900);
    expect(simulation.answered('slow')).toBeGreaterThan(40);
  });

  test('would take all places without one', async () => {
    const simulation = simulateServer({
      ...server,
      timeoutMs: 10_000,
      resolverMs: (path) => (path === 'slow' ? 1000 : 20),
    });
    simulation.every(0.5, () => simulation.call('slow'));
    simulation.every(1, () => simulation.call('quick'));
    await simulation.run(6000);
    expect(simulation.answered('quick')).toBeLessThan(1000);
  });
});
