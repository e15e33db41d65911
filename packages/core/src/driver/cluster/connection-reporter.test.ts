import { expect, it } from 'vitest';
import type { DriverEvent } from '../driver-event.js';
import { createConnectionReporter } from './connection-reporter.js';

function createHarness() {
  const events: DriverEvent[] = [];
  let nowMs = 0;
  const reporter = createConnectionReporter(
    (event) => events.push(event),
    () => nowMs,
  );
  return {
    reporter,
    events,
    pass: (ms: number) => {
      nowMs += ms;
    },
    lose: (broker: string) =>
      reporter.failed(Object.assign(new Error('refused'), { name: 'KafkaJSConnectionError', broker })),
  };
}

it('tells once that a broker is out of reach and once that it answers again, however often either is found', () => {
  const { reporter, events, lose } = createHarness();
  for (let i = 0; i < 3; i++) reporter.answered('a:1');
  for (let i = 0; i < 3; i++) lose('a:1');
  for (let i = 0; i < 3; i++) reporter.answered('a:1');
  expect(events.map(({ type }) => type)).toEqual(['connected', 'connection-failed', 'connected']);
});

it('lets a text through once a minute', () => {
  const { reporter, pass } = createHarness();
  expect([reporter.isNews('a'), reporter.isNews('a'), reporter.isNews('b')]).toEqual([true, false, true]);
  pass(59_999);
  expect(reporter.isNews('a')).toBe(false);
  pass(1);
  expect(reporter.isNews('a')).toBe(true);
});

it('lets a text through again when a broker was lost anew', () => {
  const { reporter, lose } = createHarness();
  reporter.answered('a:1');
  lose('a:1');
  expect(reporter.isNews('refused')).toBe(true);
  reporter.answered('b:1');
  expect(reporter.isNews('refused')).toBe(false);
  reporter.answered('a:1');
  lose('a:1');
  expect(reporter.isNews('refused')).toBe(true);
});

it('remembers a bounded number of texts', () => {
  const { reporter } = createHarness();
  for (let i = 0; i < 1000; i++) expect(reporter.isNews(`text ${i}`)).toBe(true);
  expect(reporter.isNews('text 0')).toBe(true);
});
