/** Calls whose answers are looked at: a transport that is fast with the wrong ones is none. */
import type { ContestantClient } from '../contestants/contestant.ts';

/** As many texts as there can be calls in flight at least, so that no two of them carry the same. */
const textCount = 4096;
const textBytes = 100;

/** Makes calls of 100 bytes, each of which rejects when it gets the answer of another. */
export function createEchoCall(client: Pick<ContestantClient, 'call'>): () => Promise<void> {
  const texts = Array.from({ length: textCount }, (_, n) => `${n}`.padEnd(textBytes, 'x'));
  let next = 0;
  return async () => {
    const text = texts[next++ % textCount]!;
    const echo = await client.call(text);
    if (echo !== text) throw new Error(`the echo of "${text}" is "${echo}"`);
  };
}
