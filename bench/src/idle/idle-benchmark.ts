/**
 * What processes cost that have nothing to do. Owns: who idles, for how long, in which order. Must not know: how to print it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type ControlledChild, startChild } from '../child/controlled-child.ts';
import type { IdlerCommands, IdlerRole } from '../processes/idler.ts';

/** What is measured, and for how long. */
export interface IdleOptions {
  readonly brokers: readonly string[];
  readonly rounds: number;
  readonly durationMs: number;
  readonly settleMs: number;
  /** Where each process writes a CPU profile of one more round. */
  readonly profiles?: string;
  readonly onStep: (step: string) => void;
}

/** CPU time of each process in each round, as a part of one core. */
export type IdleFigures = Readonly<Record<IdlerRole, readonly number[]>>;

const roles: readonly IdlerRole[] = ['server', 'client', 'kafkajs'];

type Idler = ControlledChild<IdlerCommands>;

/** Starts one of each, and measures all of them at the same time: what disturbs one disturbs the others. */
export async function runIdleBenchmark(options: IdleOptions): Promise<IdleFigures> {
  const { brokers, rounds, durationMs, settleMs, onStep } = options;
  const service = `bench-${process.pid}-${Date.now().toString(36)}-idle`;
  await using server: Idler = startChild('idler');
  await using client: Idler = startChild('idler');
  await using kafkajs: Idler = startChild('idler');
  const children = { server, client, kafkajs };
  for (const role of roles) await children[role].ask('start', { role, service, brokers });
  onStep(`settling for ${settleMs} ms`);
  await delay(settleMs);
  const figures: Record<IdlerRole, number[]> = { server: [], client: [], kafkajs: [] };
  for (let round = 1; round <= rounds; round++) {
    onStep(`round ${round} of ${rounds}`);
    const shares = await Promise.all(roles.map((role) => coreShare(children[role], durationMs)));
    roles.forEach((role, index) => {
      figures[role].push(shares[index]!);
    });
  }
  if (options.profiles !== undefined) await saveProfiles(children, options.profiles, durationMs);
  return figures;
}

async function coreShare(idler: Idler, durationMs: number): Promise<number> {
  const startMs = performance.now();
  const startMicros = await idler.ask('cpuMicros');
  await delay(durationMs);
  const micros = (await idler.ask('cpuMicros')) - startMicros;
  return micros / 1000 / (performance.now() - startMs);
}

async function saveProfiles(
  children: Readonly<Record<IdlerRole, Idler>>,
  folder: string,
  durationMs: number,
): Promise<void> {
  await Promise.all(
    roles.map(async (role) => {
      await children[role].ask('beginProfile');
      await delay(durationMs);
      await children[role].ask('saveProfile', `${folder}/idle-${role}.cpuprofile`);
    }),
  );
}
