/** How each kind of fault is made. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ChaosProcess } from './chaos-process.ts';
import type { ChaosWorld } from './chaos-world.ts';
import type { FaultKind, PlannedFault } from './plan.ts';
import { startCopying } from './record-copier.ts';

type MakeFault = (world: ChaosWorld, fault: PlannedFault) => Promise<void>;

const oneOf = (processes: readonly ChaosProcess[], target: number): ChaosProcess =>
  processes[target % processes.length]!;

async function standStill(process: ChaosProcess, ms: number): Promise<void> {
  process.signal('SIGSTOP');
  await delay(ms);
  process.signal('SIGCONT');
}

async function cutOff({ line }: ChaosProcess, ms: number): Promise<void> {
  line.cut();
  await delay(ms);
  line.mend();
}

const makers: Readonly<Record<FaultKind, MakeFault>> = {
  async 'kill broker'({ cluster }, { target, lastsMs }) {
    const restart = await cluster.kill(target);
    await delay(lastsMs);
    await restart();
  },
  async 'stop broker'({ cluster }, { target, lastsMs }) {
    const goOn = await cluster.stop(target);
    await delay(lastsMs);
    await goOn();
  },
  async 'kill server'(world, { target, lastsMs }) {
    const { servers } = world;
    const [doomed] = servers.splice(target % servers.length, 1);
    await doomed!.kill();
    await delay(lastsMs);
    await world.addServer();
  },
  'stop server': ({ servers }, { target, lastsMs }) => standStill(oneOf(servers, target), lastsMs),
  'cut server': ({ servers }, { target, lastsMs }) => cutOff(oneOf(servers, target), lastsMs),
  'stop client': ({ clients }, { target, lastsMs }) => standStill(oneOf(clients, target), lastsMs),
  'cut client': ({ clients }, { target, lastsMs }) => cutOff(oneOf(clients, target), lastsMs),
  async 'rolling deploy'(world) {
    for (let left = world.servers.length; left > 0; left--) {
      await world.addServer();
      await world.closeServer();
    }
  },
  async 'rebalance storm'(world) {
    const size = world.servers.length;
    await Promise.all([world.addServer(), world.addServer()]);
    while (world.servers.length > size) await world.closeServer();
  },
  async 'duplicate records'({ cluster, topics }, { lastsMs }) {
    const copier = await startCopying(cluster.brokers, topics);
    await delay(lastsMs);
    await copier.stop();
  },
};

/** Makes a fault; resolves when it is over. */
export function makeFault(world: ChaosWorld, fault: PlannedFault): Promise<void> {
  return makers[fault.kind](world, fault);
}
