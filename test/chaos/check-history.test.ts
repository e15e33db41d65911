/** The checker finds what must not be: each kind of violation, planted into a history that is well. */
import { expect, test } from 'vitest';
import { checkHistory } from './check-history.ts';
import { type CallKind, type ChaosHistory, createHistory, takeClientLine, takeRun } from './history.ts';

interface PlantedCall {
  readonly kind?: CallKind;
  readonly outcome?: string;
  readonly value?: unknown;
  readonly lateMs?: number;
  readonly runs?: number;
}

/** A history with one call that is well, but for what is planted. */
function withCall({
  kind = 'mutation',
  outcome = 'ok',
  value = 'a',
  lateMs = -100,
  runs = 1,
}: PlantedCall): ChaosHistory {
  const history = createHistory();
  takeClientLine(history, { is: 'call', kind, name: 'a' });
  for (let n = 0; n < runs; n++) takeRun(history, 'a');
  takeClientLine(history, { is: 'settled', name: 'a', outcome, value, lateMs });
  return history;
}

const violationsOf = (planted: PlantedCall): string[] => checkHistory(withCall(planted));

test.each<PlantedCall>([
  {},
  { kind: 'query', runs: 3 },
  { kind: 'keyed mutation', runs: 2 },
  { kind: 'one-way', runs: 2, lateMs: 60_000 },
  { outcome: 'TIMEOUT', value: undefined, runs: 1 },
  { outcome: 'TIMEOUT', value: undefined, runs: 0, lateMs: 999 },
  { outcome: 'MAYBE_EXECUTED', value: undefined },
  { kind: 'aborted query', outcome: 'ABORTED', runs: 0 },
])('nothing is wrong with %j', (planted) => {
  expect(violationsOf(planted)).toEqual([]);
});

test.each<[PlantedCall, string]>([
  [{ runs: 2 }, 'mutation a: was run 2 times'],
  [{ outcome: 'MAYBE_EXECUTED', runs: 2 }, 'mutation a: was run 2 times'],
  [{ runs: 0 }, 'mutation a: was answered and never run'],
  [{ kind: 'one-way', runs: 0 }, 'one-way a: was acknowledged and never run'],
  [{ kind: 'one-way', outcome: 'TIMEOUT' }, 'one-way a: got TIMEOUT'],
  [{ value: 'b' }, 'mutation a: got the answer "b"'],
  [{ lateMs: 1001 }, 'mutation a: settled 1001 ms after its deadline'],
  [{ kind: 'query', outcome: 'MAYBE_EXECUTED' }, 'query a: got MAYBE_EXECUTED'],
  [{ outcome: 'INTERNAL_SERVER_ERROR' }, 'mutation a: got INTERNAL_SERVER_ERROR'],
])('%j is found', (planted, violation) => {
  expect(violationsOf(planted)).toEqual([violation]);
});

test('a call without an outcome, or with two, is found', () => {
  const history = withCall({});
  takeClientLine(history, { is: 'call', kind: 'query', name: 'b' });
  takeClientLine(history, { is: 'settled', name: 'a', outcome: 'ok', value: 'a', lateMs: 0 });
  expect(checkHistory(history)).toEqual(['mutation a: has 2 outcomes', 'query b: has no outcome']);
});

test('streams that say that something is wrong, and processes that end by themselves, are found', () => {
  const history = createHistory();
  takeClientLine(history, { is: 'stream', name: 's', wrong: '7 after 5' });
  history.crashes.push('server 2');
  expect(checkHistory(history)).toEqual(['stream s: 7 after 5', 'server 2 ended by itself']);
});
