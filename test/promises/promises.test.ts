/**
 * Every cell of the table in docs/delivery-semantics.md: the failure is made to happen, and what was promised is looked for.
 * Failures of brokers are made with embedded ones here; test/chaos makes them with real ones.
 */
import { describe, expect, test } from 'vitest';
import { realKafka } from '../support/real-kafka/real-kafka.ts';
import { type ScenarioBrokers, shareReal, startEmbedded } from './broker-faults.ts';
import { type History, type Kind, kinds, readHistories } from './history.ts';
import { createPromiseWorld } from './promise-world.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';

const kafka = await realKafka();

interface Target {
  readonly name: string;
  readonly start: () => Promise<ScenarioBrokers>;
  readonly scenarios: readonly Scenario[];
}

const targets: readonly Target[] = [
  { name: 'dev-broker', start: startEmbedded, scenarios },
  ...(kafka.unavailable === undefined
    ? [
        {
          name: 'real Kafka',
          start: async () => shareReal(kafka.brokers),
          scenarios: scenarios.filter(({ needsFaults }) => needsFaults !== true),
        },
      ]
    : []),
];

/** The cells of a line look at one run, each at its own kind of call. */
function createRun(scenario: Scenario, { start }: Target): () => Promise<Record<Kind, History>> {
  const run = async (): Promise<Record<Kind, History>> => {
    await using brokers = await start();
    await using world = createPromiseWorld(brokers.brokers);
    await scenario.run(world, brokers.faults);
    return readHistories(world);
  };
  let histories: Promise<Record<Kind, History>> | undefined;
  return () => (histories ??= run());
}

describe.each(targets)('on $name', (target) => {
  const runs = new Map(target.scenarios.map((scenario) => [scenario, createRun(scenario, target)]));
  // Kinds outermost: tests that run at the same time are then of different lines.
  for (const kind of kinds) {
    for (const [scenario, run] of runs) {
      const { says, is } = scenario.promises[kind];
      test.concurrent(`${scenario.failure}: ${kind}`, { timeout: 240_000 }, async () => {
        const history = (await run())[kind];
        expect(history, says).toMatchObject(is);
      });
    }
  }
});
