/**
 * One turn of one contestant: its processes are started, warmed up, measured at each load, and ended.
 * Owns: what a turn consists of. Must not know: whose turn is next, what its figures are compared with.
 */
import type { LatencySummary } from '../load/latencies.ts';
import type { Plan } from './plan.ts';
import type { Turn } from './schedule.ts';
import { type MemoryFigures, openStage, type Stage } from './stage.ts';

/** So many calls in flight, and what came of it. */
export interface LevelFigures {
  readonly inFlight: number;
  readonly callsPerSecond: number;
  /** In ms. */
  readonly latency: LatencySummary;
  /** CPU time of a call, in microseconds. */
  readonly clientCpuUs: number;
  readonly serverCpuUs: number;
}

/** Calls at a fixed rate. */
export interface OpenLoopFigures {
  /** `half`: of the peak of this turn; `common`: the rate that all have in common. */
  readonly rate: 'half' | 'common';
  readonly perSecond: number;
  readonly latency: LatencySummary;
}

/** Streams read at the same time. */
export interface StreamFigures {
  readonly streams: number;
  readonly itemsPerSecond: number;
  /** CPU time of an item, in microseconds. */
  readonly clientCpuUs: number;
  readonly serverCpuUs: number;
}

/** The figures of a turn. */
export interface VisitFigures {
  readonly round: number;
  readonly contestant: string;
  readonly levels: readonly LevelFigures[];
  readonly openLoops: readonly OpenLoopFigures[];
  readonly streams: readonly StreamFigures[];
  readonly memory: MemoryFigures;
}

/** What a visit has to know beside its turn. */
export interface VisitOptions {
  readonly brokers: readonly string[];
  readonly plan: Plan;
  readonly streams: boolean;
}

/** Calls in flight while code is compiled. */
const warmUpInFlight = 64;
/** Streams, and items of each: as many in all, so that streams end and begin alike. */
const streamLoads = [
  { streams: 1, items: 20_000 },
  { streams: 100, items: 1000 },
] as const;

/** Measures. Rejects when the contestant fails. */
export async function visit(turn: Turn, { brokers, plan, streams }: VisitOptions): Promise<VisitFigures> {
  await using stage = await openStage({ contestant: turn.contestant, brokers });
  await stage.closedLoop({ inFlight: warmUpInFlight, durationMs: plan.warmUpMs });
  const levels: LevelFigures[] = [];
  for (const inFlight of turn.levels) levels.push(await measureLevel(stage, inFlight, plan.levelMs));
  const peak = Math.max(...levels.map(({ callsPerSecond }) => callsPerSecond));
  return {
    round: turn.round,
    contestant: turn.contestant,
    levels: levels.sort((a, b) => a.inFlight - b.inFlight),
    openLoops: await measureOpenLoops(stage, { peak, plan }),
    streams: streams ? await measureStreams(stage, plan.streamsMs) : [],
    memory: await stage.memory(),
  };
}

/** Keeps so many calls in flight for so long. */
export async function measureLevel(
  stage: Stage,
  inFlight: number,
  durationMs: number,
): Promise<LevelFigures> {
  const { calls, passedMs, latency, clientCpuMs, serverCpuMs } = await stage.closedLoop({
    inFlight,
    durationMs,
  });
  return {
    inFlight,
    callsPerSecond: (calls / passedMs) * 1000,
    latency,
    clientCpuUs: (clientCpuMs / calls) * 1000,
    serverCpuUs: (serverCpuMs / calls) * 1000,
  };
}

async function measureOpenLoops(
  stage: Stage,
  { peak, plan }: { peak: number; plan: Plan },
): Promise<OpenLoopFigures[]> {
  const loops: OpenLoopFigures[] = [];
  for (const [rate, perSecond] of [
    ['half', peak / 2],
    ['common', plan.commonRate],
  ] as const) {
    if (perSecond === 0) continue;
    const { latency } = await stage.openLoop({ perSecond, durationMs: plan.openLoopMs });
    loops.push({ rate, perSecond, latency });
  }
  return loops;
}

async function measureStreams(stage: Stage, durationMs: number): Promise<StreamFigures[]> {
  const figures: StreamFigures[] = [];
  for (const load of streamLoads) {
    await stage.streams({ ...load, durationMs });
    const { items, passedMs, clientCpuMs, serverCpuMs } = await stage.streams({ ...load, durationMs });
    figures.push({
      streams: load.streams,
      itemsPerSecond: (items / passedMs) * 1000,
      clientCpuUs: (clientCpuMs / items) * 1000,
      serverCpuUs: (serverCpuMs / items) * 1000,
    });
  }
  return figures;
}
