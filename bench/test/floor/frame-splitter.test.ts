import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFrameSplitter } from '../../src/floor/frame-splitter.ts';

function framed(body: Uint8Array): Buffer {
  const frame = Buffer.alloc(4 + body.length);
  frame.writeInt32BE(body.length);
  frame.set(body, 4);
  return frame;
}

test('frames come out whole and in order, however the socket cuts them', () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });
  const cuts = fc.array(fc.nat(), { maxLength: 30 });
  fc.assert(
    fc.property(bodies, cuts, (sent, places) => {
      const bytes = Buffer.concat(sent.map(framed));
      const at = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort(
        (a, b) => a - b,
      );
      const received: Buffer[] = [];
      const split = createFrameSplitter((frame) => received.push(frame));

      for (let n = 1; n < at.length; n++) split(bytes.subarray(at[n - 1], at[n]));

      expect(received).toEqual(sent.map((body) => Buffer.from(body)));
    }),
  );
});

test('a frame is told of as soon as its last byte is there', () => {
  const received: string[] = [];
  const split = createFrameSplitter((frame) => received.push(String(frame)));
  const bytes = framed(Buffer.from('abc'));

  for (const byte of bytes.subarray(0, -1)) split(Buffer.from([byte]));
  expect(received).toEqual([]);
  split(bytes.subarray(-1));
  expect(received).toEqual(['abc']);
});
