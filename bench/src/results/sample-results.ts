/** Results with round numbers, for tests of what is made of results. */
import { quickPlan } from '../comparison/plan.ts';
import type { VisitFigures } from '../comparison/visit.ts';
import type { Results } from './results.ts';

/** A visit in which latency and CPU time follow from the calls a second. */
export function sampleVisit(contestant: string, round: number, callsPerSecond: number): VisitFigures {
  const latency = {
    p50: 10_000 / callsPerSecond,
    p99: 30_000 / callsPerSecond,
    p999: 50_000 / callsPerSecond,
  };
  return {
    round,
    contestant,
    levels: [1, 64, 256, 1024].map((inFlight) => ({
      inFlight,
      callsPerSecond,
      latency,
      clientCpuUs: 200_000 / callsPerSecond,
      serverCpuUs: 300_000 / callsPerSecond,
    })),
    openLoops: [{ rate: 'half', perSecond: callsPerSecond / 2, latency }],
    streams: [
      { streams: 1, itemsPerSecond: callsPerSecond, clientCpuUs: 5, serverCpuUs: 5 },
      { streams: 100, itemsPerSecond: 2 * callsPerSecond, clientCpuUs: 2, serverCpuUs: 2 },
    ],
    memory: { clientRss: 100e6, serverRss: 90e6, clientHeap: 20e6, serverHeap: 10e6 },
  };
}

/** Three rounds, in the second of which the machine was half as fast. */
export function sampleResults(perSecond: Readonly<Record<string, number>>): Results {
  const rounds = [1, 0.5, 1.1];
  return {
    machine: {
      cores: 2,
      processor: 'a processor',
      memoryGb: 8,
      node: 'v20.0.0',
      platform: 'linux x64',
      loadBefore: 0.04,
    },
    brokers: 'Apache Kafka 4.3.1, 3 nodes',
    date: '2026-01-31',
    seed: 42,
    plan: { ...quickPlan, rounds: 3 },
    isQuick: false,
    driver: 'kafkajs',
    visits: rounds.flatMap((speed, round) =>
      Object.entries(perSecond).map(([name, calls]) => sampleVisit(name, round, calls * speed)),
    ),
    failed: [],
  };
}
