/** A record in the one-way topic whose headers are named like fields of every object: its letter keeps them, and holds up no other. */
import { lastHeader } from '@trpc-kafka/core/internal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useArena } from '../hostile-input/support/use-arena.ts';
import { targets } from '../support/broker-targets.ts';
import { type TopicTail, tailTopic } from '../support/topic-tail.ts';

describe.each(targets)('on $name', (target) => {
  const arena = useArena(target);
  let letters: TopicTail;

  beforeAll(async () => {
    if (!target.skip) letters = await tailTopic(arena().brokers, arena().service.topics.deadLetter.topic);
  });

  afterAll(async () => {
    if (!target.skip) await letters.close();
  });

  test.skipIf(target.skip)('dead letters keep headers with names of prototypes', async () => {
    const { stranger, service } = arena();
    const { topic } = service.topics.oneWay;
    const headers = { ['__proto__']: 'a', constructor: 'b', toString: 'c', '': 'd' };
    await stranger.write({ topic, value: 'odd', headers });
    await stranger.write({ topic, value: 'plain' });
    const written = await letters.records.count(2);
    expect(written.map(({ value }) => String(value)).sort()).toEqual(['odd', 'plain']);
    const odd = written.find(({ value }) => String(value) === 'odd')!;
    const kept = Object.keys(headers).map((name) => String(lastHeader(odd.headers, name)));
    expect(kept).toEqual(['a', 'b', 'c', 'd']);
  });
});
