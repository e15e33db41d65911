/** What a server instance does right now, for whoever asks. */
import type { GroupConsumer } from '@trpc-kafka/core';
import type { Dispatcher } from '../calls/dispatcher.js';
import type { InstanceLoad } from '../control/discovery.js';
import type { StreamLimit } from '../streams/stream-limit.js';

/** A topic that is read as a member of a group. */
export interface LoadedGroup {
  readonly topic: string;
  readonly group: Pick<GroupConsumer, 'assignment'>;
}

/** What it is counted from. */
export interface LoadSources {
  readonly dispatchers: readonly Pick<Dispatcher, 'running' | 'waiting'>[];
  readonly limit: Pick<StreamLimit, 'open'>;
  readonly groups: readonly LoadedGroup[];
}

/** Counts. */
export function loadOf({ dispatchers, limit, groups }: LoadSources): InstanceLoad {
  const streams = limit.open();
  let running = 0;
  let waiting = 0;
  for (const dispatcher of dispatchers) {
    running += dispatcher.running();
    waiting += dispatcher.waiting();
  }
  return {
    // A stream that is about to start has its place already, and is still a call.
    calls: Math.max(0, running - streams),
    waiting,
    streams,
    assigned: groups.map(({ topic, group }) => ({ topic, partitions: [...group.assignment()] })),
  };
}
