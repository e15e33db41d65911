import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLines } from './line-reader.js';

async function collect(lines: AsyncIterator<string>): Promise<string[]> {
  const collected: string[] = [];
  for (let next = await lines.next(); next.done !== true; next = await lines.next())
    collected.push(next.value);
  return collected;
}

describe('readLines', () => {
  test('finds the lines wherever the bytes were cut', async () => {
    const line = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\n'));
    const cuts = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(line), cuts, async (lines, lengths) => {
        const bytes = new TextEncoder().encode(lines.map((text) => `${text}\n`).join(''));
        const stream = new ReadableStream<Uint8Array>({
          start(controller) {
            let at = 0;
            for (let n = 0; at < bytes.length; n++) {
              const length = lengths[n % lengths.length]!;
              controller.enqueue(bytes.subarray(at, at + length));
              at += length;
            }
            controller.close();
          },
        });
        expect(await collect(readLines(stream))).toEqual(lines);
      }),
    );
  });

  test('cancels the stream when it is left, and waits until that is done', async () => {
    let cancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('a\nb\n')),
      async cancel() {
        await Promise.resolve();
        cancelled = true;
      },
    });
    const lines = readLines(stream);
    expect(await lines.next()).toEqual({ done: false, value: 'a' });
    await lines.return!();
    expect(cancelled).toBe(true);
  });
});
