/** Records in the request topic that nobody should have written: refused and told, and the partition goes on. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Arena, openArena, watch } from './support/arena.ts';
import { type HostileRecord, hostileRecords } from './support/hostile-records.ts';
import { type OpenTarget, targets } from './support/targets.ts';

describe.each(targets)('on $name', ({ skip, open }) => {
  let target: OpenTarget;
  let arena: Arena;

  beforeAll(async () => {
    if (skip) return;
    target = await open();
    arena = await openArena({ brokers: target.brokers });
  });

  afterAll(async () => {
    if (skip) return;
    await arena.close();
    await target.close();
  });

  test.skipIf(skip).each(hostileRecords)('$name', (record) => expectRefused(arena, record));
});

async function expectRefused(arena: Arena, record: HostileRecord): Promise<void> {
  const { says, counted = 'refused', times = 1, answers = [] } = record;
  const { replies } = arena.stranger;
  const topic = arena.service.topics.requests.topic;
  const before = replies.items.length;
  let offset: number | undefined;
  const seen = await watch(arena, async () => {
    offset = await arena.stranger.write({ topic, ...record.write(arena.stranger) });
  });
  const told = <T>(what: T): T[] => Array<T>(times).fill(what);
  expect(seen.counted).toMatchObject({ [counted]: times });
  const error = expect.objectContaining({ message: expect.stringMatching(says) });
  expect(seen.events).toEqual(told({ type: 'refused', error, position: { topic, partition: 0, offset } }));
  expect(seen.reported).toEqual(told(expect.stringMatching(says)));
  expect(seen.logged).toEqual(told(expect.stringMatching(says)));
  await replies.count(before + answers.length);
  expect(replies.items.slice(before)).toEqual(answers.map((answer) => expect.objectContaining(answer)));
}
