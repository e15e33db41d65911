/**
 * Overload: how much of what a server can do it still does when it is asked more.
 * Owns: the order of the measurement. Must not know: how calls are made, how figures are shown.
 */
import { openBrokers } from '../broker/bench-brokers.ts';
import { startChild } from '../child/controlled-child.ts';
import type { WorkClientCommands } from '../processes/work-client.ts';
import type { WorkServerCommands } from '../processes/work-server.ts';
import type { LoopOutcome } from './call-loops.ts';

/** What is measured. */
export interface OverloadOptions {
  /** Brokers to run on; none: the embedded one. */
  readonly brokers: readonly string[];
  readonly resolverMs: number;
  readonly maxConcurrentCalls: number;
  readonly timeoutMs: number;
  /** How many times the capacity is asked for. */
  readonly times: readonly number[];
  readonly durationMs: number;
  /** Told what is being done. */
  readonly onStep: (step: string) => void;
}

/** What came of one load. */
export interface OverloadFigure {
  readonly times: number;
  /** A second, in time. */
  readonly askedPerSecond: number;
  readonly answeredPerSecond: number;
  /** Of all calls, those whose resolver was run, and those that were dropped unrun. */
  readonly ran: number;
  readonly expired: number;
}

/** The figures of a run. */
export interface OverloadFigures {
  readonly brokers: string;
  /** Answers a second when callers wait for each before they call again: the peak. */
  readonly capacity: number;
  readonly loads: readonly OverloadFigure[];
}

/** Measures. */
export async function runOverloadBenchmark(options: OverloadOptions): Promise<OverloadFigures> {
  const { resolverMs, maxConcurrentCalls, timeoutMs, durationMs } = options;
  await using brokers = await openBrokers(options.brokers);
  await using server = startChild<WorkServerCommands>('work-server');
  await using client = startChild<WorkClientCommands>('work-client');
  const place = { service: `bench-${process.pid}-${Date.now().toString(36)}`, brokers: brokers.addresses };
  await server.ask('start', { ...place, resolverMs, maxConcurrentCalls });
  await client.ask('start', { ...place, timeoutMs });
  options.onStep('warming up');
  const callers = 2 * maxConcurrentCalls;
  await client.ask('closedLoop', { callers, durationMs: 2000 });
  options.onStep(`${callers} callers that wait for their answers`);
  const capacity = answersPerSecond(await client.ask('closedLoop', { callers, durationMs }), durationMs);
  const loads: OverloadFigure[] = [];
  for (const times of options.times) {
    const perSecond = capacity * times;
    options.onStep(`${Math.round(perSecond)} calls a second, ${times} times as many`);
    const before = await server.ask('counts');
    const outcome = await client.ask('openLoop', { perSecond, durationMs });
    const after = await server.ask('counts');
    loads.push({
      times,
      askedPerSecond: (outcome.made / durationMs) * 1000,
      answeredPerSecond: answersPerSecond(outcome, durationMs),
      ran: after.ran - before.ran,
      expired: after.expired - before.expired,
    });
  }
  return { brokers: brokers.name, capacity, loads };
}

function answersPerSecond({ answered }: LoopOutcome, durationMs: number): number {
  return (answered / durationMs) * 1000;
}
