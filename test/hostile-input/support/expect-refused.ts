/** What must be seen of a record that is refused: it is told wherever somebody may look, and its caller is answered. */
import { expect } from 'vitest';
import { type Arena, watch } from './arena.ts';
import type { HostileRecord } from './hostile-records.ts';

/** Writes it to the request topic. The good call behind it shows that the partition goes on. */
export async function expectRefused(arena: Arena, record: HostileRecord): Promise<void> {
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
