/** Whose code the time of a CPU profile went to. */
import type { Profiler } from 'node:inspector';

/** Milliseconds of CPU by owner; without what was idle. */
export type OwnerTimes = Readonly<Record<string, number>>;

/** Adds up the time that was spent in each owner's functions themselves, and not in what they called. */
export function ownerTimes({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): OwnerTimes {
  const owners = new Map(nodes.map(({ id, callFrame }) => [id, ownerOf(callFrame)]));
  const times: Record<string, number> = {};
  for (let i = 0; i < samples.length; i++) {
    const owner = owners.get(samples[i]!);
    if (owner !== undefined) times[owner] = (times[owner] ?? 0) + timeDeltas[i]! / 1000;
  }
  return times;
}

/** Of a package its name without what is behind the scope, where a scope has one maker. `undefined`: nobody's. */
function ownerOf({ functionName, url }: Profiler.ProfileNode['callFrame']): string | undefined {
  if (functionName === '(idle)') return undefined;
  if (functionName === '(garbage collector)') return 'garbage collection';
  const path = /.*\/node_modules\/(@[^/]+|[^/]+)\//.exec(url)?.[1];
  if (path === '@trpc') return 'tRPC';
  if (path !== undefined) return path;
  return url.endsWith('.mjs') ? 'trpc-kafka, and who calls' : 'Node and the system';
}
