import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createDeadlineTable } from '../lifecycle/deadline-table.js';
import {
  type CallContext,
  currentCallContext,
  expectNestedCalls,
  outsideOfCalls,
  pickTraceHeaders,
  runInCallContext,
} from './call-context.js';

const place = Symbol.for('trpc-kafka.call-context');
const holder = globalThis as Record<symbol, unknown>;
const context: CallContext = { path: 'p', deadlineMs: 1, signal: AbortSignal.abort(), traceHeaders: {} };
const enter = <T>(run: () => T): T => runInCallContext(() => context, run);

describe('the context of a call', () => {
  let before: unknown;
  beforeEach(() => {
    before = holder[place];
    delete holder[place];
  });
  afterEach(() => {
    holder[place] = before;
  });

  test('is there through awaits, timers and in what they start, and nowhere else', async () => {
    expectNestedCalls();
    const found = await enter(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return currentCallContext();
    });
    expect(found).toBe(context);
    expect(currentCallContext()).toBeUndefined();
  });

  test('is not even made while nobody in the process could look for it', () => {
    const make = vi.fn(() => context);
    expect(runInCallContext(make, currentCallContext)).toBeUndefined();
    expect(make).not.toHaveBeenCalled();
  });

  test('is one for all copies of this package', async () => {
    expectNestedCalls();
    vi.resetModules();
    const copy = await import('./call-context.js');
    expect(copy.currentCallContext).not.toBe(currentCallContext);
    expect(enter(() => copy.currentCallContext())).toBe(context);
  });

  test('is left by what serves many calls', async () => {
    expectNestedCalls();
    const found = await enter(() =>
      outsideOfCalls(async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return currentCallContext();
      }),
    );
    expect(found).toBeUndefined();
    const after = enter(() => {
      outsideOfCalls(() => {});
      return currentCallContext();
    });
    expect(after).toBe(context);
  });

  test('is left by a timer for the deadlines of many', async () => {
    expectNestedCalls();
    const table = createDeadlineTable();
    const found = await enter(
      () =>
        new Promise((resolve) => {
          table.add({ slot: undefined, expire: () => resolve(currentCallContext()) }, Date.now());
        }),
    );
    table.close();
    expect(found).toBeUndefined();
  });
});

test('of the headers only those of a trace are handed on', () => {
  const trace = { traceparent: 'a', tracestate: 'b', baggage: 'c' };
  expect(pickTraceHeaders({ ...trace, authorization: 'd', TraceParent: 'e' })).toEqual(trace);
  expect(pickTraceHeaders({ baggage: 'c' })).toEqual({ baggage: 'c' });
});
