import { expect, test } from 'vitest';
import { scalingShapes } from '../measures/scaling.ts';
import { sampleResults } from './sample-results.ts';
import { targetsOf } from './targets.ts';

const fast = {
  'raw kafkajs': 20_000,
  'kafkaLink on kafkajs': 16_000,
  'kafkaBatchLink on kafkajs': 21_000,
  NestJS: 3000,
  httpLink: 3000,
  wsLink: 20_000,
};

function verdicts(perSecond: Readonly<Record<string, number>>) {
  return new Map(
    targetsOf(sampleResults(perSecond)).map(({ what, goal, isMet }) => [`${what}: ${goal}`, isMet]),
  );
}

test('each target is judged by the contestants that it names', () => {
  const met = verdicts(fast);
  expect(met.get('calls/s at 256 in flight, kafkajs driver: ≥ 0.6 × raw kafkajs')).toBe(true);
  expect(met.get('calls/s at 256 in flight, kafkajs driver: ≥ 4 × NestJS')).toBe(true);
  expect(met.get('calls/s at 256 in flight, kafkajs driver: ≥ 0.7 × wsLink')).toBe(true);
  expect(met.get('p50 at 1 in flight, kafkajs driver: ≤ 1.2 × raw kafkajs')).toBe(false);
  expect(met.get('calls/s at 256 in flight, kafkaLink, best driver: aim: ≥ 1 × wsLink')).toBe(false);
  expect(met.get('calls/s at 1024 in flight, kafkaBatchLink, best driver: aim: ≥ 1 × wsLink')).toBe(true);
  expect(met.get('CPU per call, client + server processes, 256 in flight: aim: ≤ 1 × wsLink')).toBe(true);
  expect(met.get('subscription items/s, one stream, kafkajs driver: ≥ 1.5 × wsLink')).toBe(false);
  expect(met.get('client ready, topics exist: ≤ 50 ms')).toBeUndefined();
});

test('a slow one misses what a fast one meets', () => {
  const met = verdicts({ ...fast, 'kafkaLink on kafkajs': 11_000 });
  expect(met.get('calls/s at 256 in flight, kafkajs driver: ≥ 0.6 × raw kafkajs')).toBe(false);
  expect(met.get('calls/s at 256 in flight, kafkajs driver: ≥ 4 × NestJS')).toBe(false);
});

test('what is spread over more costs what it costs beside less in the same round', () => {
  const [one, twelve, , three] = scalingShapes;
  const scaling = [1000, 500].flatMap((callsPerCpuSecond, round) =>
    [
      { ...one!, share: 1 },
      { ...twelve!, share: 0.95 },
      { ...three!, share: 0.8 },
    ].map(({ share, ...shape }) => ({
      ...shape,
      round,
      callsPerCpuSecond: callsPerCpuSecond * share,
      callsPerSecond: 1000,
    })),
  );
  const found = targetsOf({ ...sampleResults({}), scaling }).filter(({ what }) =>
    what.includes('CPU-second'),
  );
  expect(found.map(({ isMet }) => isMet)).toEqual([true, undefined, false]);
});

test('client, server and memory have their own bounds', () => {
  const found = targetsOf({
    ...sampleResults({}),
    start: [{ readyMs: 20, firstCallMs: 5, warmCallMs: 2 }],
    idle: { client: [0.004], server: [0.02, 0.015, 0.03], kafkajs: [0.04] },
    heldCalls: { server: 2900, bare: 1000, client: 5000 },
    openStreams: { serverBytes: 6100, clientBytes: 1 },
  }).filter(({ isMet }) => isMet !== undefined);
  expect(found.map(({ what, isMet }) => [what, isMet])).toEqual([
    ['client ready, topics exist', true],
    ['first call of a new process', false],
    ['idle client', true],
    ['idle server', false],
    ['server memory per call in flight', true],
    ['server memory per open stream', false],
  ]);
});
