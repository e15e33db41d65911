/** Brokers of a target for all tests of a `describe`. */
import { afterAll, beforeAll } from 'vitest';
import type { OpenTarget, Target } from './broker-targets.ts';

/** Registers what opens and closes them; they are there when a test runs. */
export function useBrokers({ skip, open }: Target): () => readonly string[] {
  let target: OpenTarget;

  beforeAll(async () => {
    if (!skip) target = await open();
  });

  afterAll(async () => {
    if (!skip) await target.close();
  });

  return () => target.brokers;
}
