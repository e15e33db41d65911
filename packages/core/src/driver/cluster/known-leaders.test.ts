import { describe, expect, test } from 'vitest';
import type { RawMetadata } from './broker-requests.js';
import { createKnownLeaders } from './known-leaders.js';

function metadata(topic: string, leaders: readonly number[], topicErrorCode = 0): RawMetadata {
  const partitionMetadata = leaders.map((leader, partitionId) => ({
    partitionId,
    partitionErrorCode: leader < 0 ? 5 : 0,
    leader,
    replicas: [1, 2],
  }));
  return { brokers: [], topicMetadata: [{ topic, topicErrorCode, partitionMetadata }] };
}

describe('known leaders', () => {
  test('are those of the last answer', () => {
    const known = createKnownLeaders();
    known.learn(metadata('t', [1, 2]));
    expect([known.leaderOf('t', 0), known.leaderOf('t', 1), known.leaderOf('t', 2)]).toEqual([
      1,
      2,
      undefined,
    ]);
    known.learn(metadata('t', [2, -1]));
    expect([known.leaderOf('t', 0), known.leaderOf('t', 1)]).toEqual([2, undefined]);
    known.learn(metadata('t', [], 3));
    expect(known.leaderOf('t', 0)).toBeUndefined();
  });

  test('are forgotten by topic', () => {
    const known = createKnownLeaders();
    known.learn(metadata('t', [1]));
    known.learn(metadata('u', [1]));
    known.forget('t');
    expect([known.leaderOf('t', 0), known.leaderOf('u', 0)]).toEqual([undefined, 1]);
  });

  test('are those of a hundred topics, the oldest forgotten first', () => {
    const known = createKnownLeaders();
    for (let n = 0; n < 101; n++) known.learn(metadata(`t${n}`, [n]));
    expect([known.leaderOf('t0', 0), known.leaderOf('t1', 0), known.leaderOf('t100', 0)]).toEqual([
      undefined,
      1,
      100,
    ]);
  });
});
