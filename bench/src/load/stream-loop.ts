/** Streams read one after the other, several at a time: how many items come through. */
import type { ContestantClient } from '../contestants/contestant.ts';
import { itemText } from '../contestants/stream-items.ts';

/** What came of it. */
export interface StreamOutcome {
  readonly items: number;
  /** From the first opening to the last end. */
  readonly passedMs: number;
}

/** Keeps `streams` open for that long, each of `items`. Rejects when a stream lacks an item, or has another than is due. */
export async function readStreams(
  client: ContestantClient,
  { streams, items, durationMs }: { streams: number; items: number; durationMs: number },
): Promise<StreamOutcome> {
  const startedAt = performance.now();
  let received = 0;
  async function reader(): Promise<void> {
    while (performance.now() - startedAt < durationMs) {
      await readStream(client, items);
      received += items;
    }
  }
  await Promise.all(Array.from({ length: streams }, reader));
  return { items: received, passedMs: performance.now() - startedAt };
}

async function readStream(client: ContestantClient, items: number): Promise<void> {
  let next = 0;
  let surprise: string | undefined;
  await client.stream!(items, (item) => {
    if (item !== itemText(next)) surprise ??= `item ${next} is "${item}"`;
    next++;
  });
  if (next !== items) surprise ??= `${next} of ${items} items came`;
  if (surprise !== undefined) throw new Error(`a stream is not as it should be: ${surprise}`);
}
