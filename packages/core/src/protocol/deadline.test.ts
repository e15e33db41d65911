import { describe, expect, test } from 'vitest';
import { deadlineOf } from './deadline.js';

const timestampMs = 1_800_000_000_000;

describe('on a topic that keeps append times', () => {
  test('the timeout counts from the append time, whatever the clock of the caller says', () => {
    const facts = { timeoutMs: 500, deadlineMs: 17, timestampMs, appendTime: true };
    expect(deadlineOf(facts)).toBe(timestampMs + 500);
  });

  test('a timeout of zero is over at once', () => {
    expect(deadlineOf({ timeoutMs: 0, timestampMs, appendTime: true })).toBe(timestampMs);
  });
});

describe('on a topic that keeps creation times', () => {
  test('the deadline counts, with a second for the clock of the caller', () => {
    const facts = { timeoutMs: 500, deadlineMs: timestampMs + 400, timestampMs, appendTime: false };
    expect(deadlineOf(facts)).toBe(timestampMs + 1400);
    expect(deadlineOf({ ...facts, clockSkewMs: 50 })).toBe(timestampMs + 450);
  });

  test('an absurd deadline cannot hold a call longer than its own timeout', () => {
    const facts = { timeoutMs: 500, deadlineMs: 999_999_999_999_999, timestampMs, appendTime: false };
    expect(deadlineOf(facts)).toBe(timestampMs + 1500);
  });

  test('a record without a timestamp has nothing to be bounded by', () => {
    const facts = { timeoutMs: 500, deadlineMs: 2_000, timestampMs: -1, appendTime: false };
    expect(deadlineOf(facts)).toBe(3_000);
  });

  test('without a deadline the timeout counts from the creation time', () => {
    expect(deadlineOf({ timeoutMs: 500, timestampMs, appendTime: false })).toBe(timestampMs + 500);
  });
});

test('a deadline alone is by the clock of the caller on every topic', () => {
  for (const appendTime of [true, false]) {
    expect(deadlineOf({ deadlineMs: timestampMs, timestampMs, appendTime })).toBe(timestampMs + 1000);
  }
});

test('a call with neither never ends', () => {
  expect(deadlineOf({ timestampMs, appendTime: true })).toBeUndefined();
});
