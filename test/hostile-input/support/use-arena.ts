/** An arena on a target for all tests of a `describe`. */
import { afterAll, beforeAll } from 'vitest';
import type { OpenTarget, Target } from '../../support/broker-targets.ts';
import { type Arena, type ArenaOptions, openArena } from './arena.ts';

/** Registers what opens and closes it; the arena is there when a test runs. */
export function useArena({ skip, open }: Target, options: Omit<ArenaOptions, 'brokers'> = {}): () => Arena {
  let target: OpenTarget;
  let arena: Arena;

  beforeAll(async () => {
    if (skip) return;
    target = await open();
    arena = await openArena({ ...options, brokers: target.brokers });
  });

  afterAll(async () => {
    if (skip) return;
    await arena.close();
    await target.close();
  });

  return () => arena;
}
