/** Records in the request topic that nobody should have written: refused and told, and the partition goes on. */
import { describe, expect, test } from 'vitest';
import { type Arena, watch } from './support/arena.ts';
import { type HostileRecord, hostileRecords } from './support/hostile-records.ts';
import { targets } from './support/targets.ts';
import { useArena } from './support/use-arena.ts';

describe.each(targets)('on $name', (target) => {
  const arena = useArena(target);

  test.skipIf(target.skip).each(hostileRecords)('$name', (record) => expectRefused(arena(), record));
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
