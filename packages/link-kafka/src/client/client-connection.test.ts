import { describe, expect, test } from 'vitest';
import { createClientConnection } from './client-connection.js';

/** Lets promises that are settled be heard. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock that the test winds. */
function createManualClock() {
  let nowMs = 0;
  let lastId = 0;
  const timers = new Map<number, { readonly atMs: number; readonly callback: () => void }>();
  return {
    timers,
    clock: {
      now: () => nowMs,
      setTimeout(callback: () => void, ms: number) {
        timers.set(++lastId, { atMs: nowMs + ms, callback });
        return lastId;
      },
      clearTimeout: (timer: unknown) => void timers.delete(timer as number),
    },
    /** In how many ms each timer is due. */
    due: () => [...timers.values()].map(({ atMs }) => atMs - nowMs),
    pass: (ms: number): void => {
      nowMs += ms;
      for (const [id, { atMs, callback }] of timers) {
        if (atMs > nowMs) continue;
        timers.delete(id);
        callback();
      }
    },
  };
}

interface Attempt {
  readonly signal: AbortSignal;
  readonly open: () => void;
  readonly fail: (error: Error) => void;
}

/** A connection whose brokers and clock are the test. */
function createHarness(retryDelayMs: (attemptIndex: number) => number = (attempt) => attempt * 1000) {
  const { clock, timers, due, pass } = createManualClock();
  const attempts: Attempt[] = [];
  const log: string[] = [];
  const asked: number[] = [];
  let interruption: Error | undefined;
  let made = 0;
  const connection = createClientConnection<void>({
    connect: (signal) =>
      new Promise((open, fail) => {
        made++;
        attempts.push({ signal, open, fail });
      }),
    retryDelayMs(attempt) {
      asked.push(attempt);
      return retryDelayMs(attempt);
    },
    interruption: () => interruption,
    obstacle: () => undefined,
    isHopeless: (error) => error.message === 'hopeless',
    onOpen: () => log.push('open'),
    onClose: (cause) => log.push(`close ${cause?.message}`),
    onFailed: (error, retryInMs) => log.push(`${error.message}, again in ${retryInMs}`),
    clock,
  });
  connection.states.subscribe({ next: ({ state }) => log.push(state) });
  return {
    connection,
    timers,
    due,
    pass,
    asked,
    attempts,
    log,
    made: () => made,
    call: () =>
      connection.whenOpen({
        opened: () => log.push('opened'),
        failed: (error) => log.push(`call failed: ${error.message}`),
      }),
    open: async () => {
      attempts.shift()!.open();
      await turn();
    },
    fail: async (message: string) => {
      attempts.shift()!.fail(new Error(message));
      await turn();
    },
    lose: (message: string): void => {
      interruption = new Error(message);
      connection.lost(interruption);
    },
    comeBack: (): void => {
      interruption = undefined;
      connection.returned();
    },
  };
}

describe('connecting', () => {
  test('calls wait over failures that may pass, and fail at one that cannot', async () => {
    const { call, fail, open, log, pass, due } = createHarness(() => 500);
    call();
    await fail('brokers away');
    pass(500);
    await fail('hopeless');
    call();
    pass(500);
    await open();
    expect(log).toEqual([
      'idle',
      'connecting',
      'connecting',
      'brokers away, again in 500',
      'connecting',
      'hopeless, again in 500',
      'call failed: hopeless',
      'pending',
      'open',
      'opened',
    ]);
    expect(due()).toEqual([]);
  });

  test('a call made between attempts hurries the next one, but not nearer to the last than a second', async () => {
    const { call, fail, due, pass, made, attempts } = createHarness(() => 60_000);
    call();
    await fail('brokers away');
    expect(due()).toEqual([60_000]);
    pass(100);
    for (let i = 0; i < 5; i++) call();
    expect(due()).toEqual([900]);
    pass(900);
    expect([made(), attempts.length]).toEqual([2, 1]);
    call();
    await fail('brokers away');
    pass(5000);
    call();
    expect(due()).toEqual([0]);
  });

  test('whoever is told of a failure and calls at once does not go round the back-off', async () => {
    const { call, connection, fail, due, made } = createHarness(() => 60_000);
    connection.states.subscribe({ next: ({ state }) => state === 'connecting' && call() });
    call();
    await fail('hopeless');
    expect([made(), due()]).toEqual([1, [1000]]);
  });

  test('closing while it connects fails who waits, and what arrives later changes nothing', async () => {
    const { call, open, log, connection, attempts } = createHarness();
    call();
    const { signal } = attempts[0]!;
    connection.close(new Error('closed'));
    await open();
    call();
    expect(signal.aborted).toBe(true);
    expect(log).toEqual(['idle', 'connecting', 'idle', 'call failed: closed', 'call failed: closed']);
    expect(connection.isOpen()).toBe(false);
  });
});

describe('a connection that was lost', () => {
  /** One that was open, lost its brokers and is being connected again. */
  async function loseOne(retryDelayMs?: (attemptIndex: number) => number) {
    const harness = createHarness(retryDelayMs);
    harness.call();
    await harness.open();
    harness.log.length = 0;
    harness.lose('brokers away');
    return harness;
  }

  test('is tried again after retryDelayMs, from 0, and from 0 again after the next loss', async () => {
    const { log, asked, due, pass, fail, open, comeBack, lose } = await loseOne();
    expect(due()).toEqual([0]);
    pass(0);
    await fail('first');
    expect(due()).toEqual([1000]);
    pass(1000);
    await fail('second');
    expect(due()).toEqual([2000]);
    pass(2000);
    comeBack();
    await open();
    expect(asked).toEqual([0, 1, 2]);
    lose('away again');
    expect(asked).toEqual([0, 1, 2, 0]);
    expect(log).toEqual([
      'connecting',
      'close brokers away',
      'connecting',
      'first, again in 1000',
      'connecting',
      'second, again in 2000',
      'pending',
      'open',
      'connecting',
      'close away again',
    ]);
  });

  test('lets calls through all the while: they are written, or wait, where the driver looks for its brokers', async () => {
    const { call, log, connection } = await loseOne();
    call();
    expect([log.at(-1), connection.isOpen(), connection.lastError()?.message]).toEqual([
      'opened',
      true,
      'brokers away',
    ]);
  });

  test('begins its back-off anew when the brokers are back', async () => {
    const { asked, due, pass, fail, comeBack } = await loseOne((attempt) => (attempt === 0 ? 50 : 30_000));
    pass(50);
    await fail('still away');
    pass(10_000);
    comeBack();
    expect([asked, due()]).toEqual([[0, 1, 0], [50]]);
  });

  test('is not tried later than it would have been because the brokers are back', async () => {
    const { due, pass, comeBack } = await loseOne(() => 5000);
    pass(4000);
    comeBack();
    expect(due()).toEqual([1000]);
  });

  test('is not open when its brokers went away while the attempt was on its way', async () => {
    const { log, pass, open } = await loseOne();
    pass(0);
    await open();
    expect(log.slice(-2)).toEqual(['connecting', 'brokers away, again in 1000']);
  });

  test('is left alone once it is closed', async () => {
    const { log, due, connection, pass, fail, comeBack, lose } = await loseOne();
    pass(0);
    await fail('still away');
    connection.close(new Error('closed'));
    comeBack();
    lose('again');
    expect([due(), log.slice(-1)]).toEqual([[], ['idle']]);
  });
});
