/** What client and server use while nobody calls, beside kafkajs as it is. All at once: whoever is idle disturbs nobody. */
import { setTimeout as delay } from 'node:timers/promises';
import { createTopics, removeTopics } from '../broker/create-topics.ts';
import { startChild } from '../child/controlled-child.ts';
import { openStage } from '../comparison/stage.ts';
import type { DriverName } from '../contestants/drivers.ts';
import type { PlainKafkajsCommands } from '../processes/plain-kafkajs.ts';

/** Shares of one core. */
export interface IdleFigures {
  readonly client: number;
  readonly server: number;
  /** A producer and a consumer of kafkajs, in one process. */
  readonly kafkajs: number;
}

/** What a start has to do afterwards is no idling. */
const settleMs = 3000;

/** Watches for so long. */
export async function measureIdle({
  brokers,
  driver,
  idleMs,
}: {
  readonly brokers: readonly string[];
  readonly driver: DriverName;
  readonly idleMs: number;
}): Promise<IdleFigures> {
  await using stage = await openStage({ contestant: `kafkaLink on ${driver}`, brokers });
  await using kafkajs = startChild<PlainKafkajsCommands>('plain-kafkajs');
  const topic = `${stage.name}-plain`;
  await createTopics(brokers, { [topic]: 1 });
  await kafkajs.ask('start', { brokers, topic });
  await stage.closedLoop({ inFlight: 1, durationMs: 1000 });
  await delay(settleMs);
  const before = await kafkajs.ask('usage');
  const { passedMs, clientCpuMs, serverCpuMs } = await stage.idle(idleMs);
  const after = await kafkajs.ask('usage');
  await kafkajs[Symbol.asyncDispose]();
  await removeTopics(brokers, topic);
  return {
    client: clientCpuMs / passedMs,
    server: serverCpuMs / passedMs,
    kafkajs: (after.cpuMs - before.cpuMs) / passedMs,
  };
}
