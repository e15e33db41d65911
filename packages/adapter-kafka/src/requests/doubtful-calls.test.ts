import type { KafkaDelivery } from '@trpc-kafka/core';
import type { CallMessage } from '@trpc-kafka/core/internal';
import { describe, expect, test } from 'vitest';
import {
  bundleAt,
  callAt,
  createRequestConsumer,
  inDoubt,
  turn,
} from '../../test/support/request-consumer.js';
import { notToBeRepeated } from './doubtful-calls.js';

interface Given {
  readonly method: CallMessage['method'];
  readonly idempotencyKey?: string;
  readonly delivery?: KafkaDelivery;
  readonly outcome: 'repeated' | 'left';
}

test.each([
  { method: 'query', outcome: 'repeated' },
  { method: 'query', delivery: 'at-least-once', outcome: 'repeated' },
  { method: 'query', delivery: 'at-most-once', outcome: 'left' },
  { method: 'mutation', outcome: 'left' },
  { method: 'mutation', idempotencyKey: 'once', outcome: 'repeated' },
  { method: 'mutation', delivery: 'at-least-once', outcome: 'repeated' },
  { method: 'mutation', delivery: 'at-most-once', idempotencyKey: 'once', outcome: 'left' },
  { method: 'subscription', outcome: 'repeated' },
] as const)('%o', async (given: Given) => {
  const { method, idempotencyKey, delivery, outcome } = given;
  const key = idempotencyKey === undefined ? {} : { idempotencyKey };
  const call: CallMessage = { kind: 'call', id: 1, method, path: 'p', input: 1, ...key };
  const readOptions = async () => (delivery === undefined ? {} : { delivery });
  const left = await notToBeRepeated(readOptions, [call]);
  expect(left.has(call) ? 'left' : 'repeated').toBe(outcome);
});

describe('a request consumer', () => {
  test('does not run mutations that a dead owner may have run, and runs queries', async () => {
    const { assign, read, happened, committed } = createRequestConsumer();
    assign(inDoubt(2));
    await committed();
    read(callAt(0, 'mutation'), callAt(1), callAt(2, 'mutation'));
    await turn();
    expect(happened().sort()).toEqual(['maybe-executed 0', 'run 1', 'run 2']);
  });

  test.each([
    ['at-least-once', ['run 0', 'run 1', 'run 2']],
    ['at-most-once', ['maybe-executed 0', 'maybe-executed 1', 'run 2']],
  ] as const)(
    'of what a dead owner may have run, procedures decide themselves: %s',
    async (delivery, outcomes) => {
      const asked: string[] = [];
      const { assign, read, happened, committed } = createRequestConsumer({
        async readProcedureOptions(path) {
          asked.push(path);
          return { delivery };
        },
      });
      assign(inDoubt(2));
      await committed();
      read(callAt(0, 'mutation'), callAt(1), callAt(2, 'mutation'));
      await turn();
      expect(happened().sort()).toEqual(outcomes);
      // Nobody is asked about what is not in doubt.
      expect(asked).toEqual(['p', 'p']);
    },
  );

  test('neither runs nor answers what is in doubt when the partition is gone before all of it is decided', async () => {
    const decide: (() => void)[] = [];
    const { assign, read, happened, committed, revoke, ask, commits } = createRequestConsumer({
      readProcedureOptions: () =>
        new Promise((resolve) => decide.push(() => resolve({ delivery: 'at-most-once' }))),
    });
    assign(inDoubt(1));
    await committed();
    read(bundleAt(0, [10, 11]));
    decide[0]!();
    await turn();
    ask('rebalance');
    revoke(0);
    decide[1]!();
    await turn();
    expect(happened()).toEqual([]);
    // The next owner reads it, and knows of the doubt.
    expect(commits.at(-1)!.offsets).toEqual([{ partition: 0, offset: 0, metadata: 'clean;doubt-below=1' }]);
  });
});
