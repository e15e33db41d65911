import { expect, test } from 'vitest';
import { sampleResults, sampleVisit } from './sample-results.ts';
import { callsPerSecondAt, cpuUsAt, createTally, itemsPerSecondOf, latencyAt, openLoopOf } from './tally.ts';

const { visits } = sampleResults({ 'raw kafkajs': 20_000, wsLink: 10_000 });
const tally = createTally(visits);

test('a spread is over the rounds', () => {
  expect(tally.spread('wsLink', callsPerSecondAt(256))).toEqual({ median: 10_000, min: 5000, max: 11_000 });
  expect(tally.spread('wsLink', itemsPerSecondOf(100))?.median).toBe(20_000);
  expect(tally.spread('wsLink', cpuUsAt(64))?.median).toBe(50);
  expect(tally.spread('wsLink', cpuUsAt(64, 'client'))?.median).toBe(20);
});

test('a ratio is taken within each round: a round in which all were slow does not blur it', () => {
  const ratio = tally.ratio('raw kafkajs', 'wsLink', callsPerSecondAt(256));
  for (const value of Object.values(ratio!)) expect(value).toBeCloseTo(2);
});

test('a quotient is taken within each visit', () => {
  const quotient = tally.quotient('wsLink', openLoopOf('half', 'p99'), openLoopOf('half', 'p50'));
  expect(quotient?.median).toBeCloseTo(3);
});

test('what was not measured has no figure, and a round that one of two missed does not count', () => {
  expect(tally.spread('NestJS', callsPerSecondAt(256))).toBeUndefined();
  expect(tally.spread('wsLink', callsPerSecondAt(3))).toBeUndefined();
  expect(tally.spread('wsLink', openLoopOf('common', 'p50'))).toBeUndefined();
  expect(tally.ratio('wsLink', 'NestJS', latencyAt(1, 'p50'))).toBeUndefined();
  const uneven = createTally([sampleVisit('a', 0, 100), sampleVisit('a', 1, 900), sampleVisit('b', 0, 50)]);
  expect(uneven.ratio('a', 'b', callsPerSecondAt(1))).toEqual({ median: 2, min: 2, max: 2 });
});
