/** Both ends of a stream against a line that loses, repeats and disorders: what is handed on is a prefix of what was sent. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Credit } from '../protocol/message.js';
import { createStreamReceiver, type SequencedMessage } from './stream-receiver.js';
import { createStreamSender } from './stream-sender.js';

const windowSize = fc.record({
  items: fc.integer({ min: 1, max: 20 }),
  bytes: fc.integer({ min: 1, max: 1000 }),
});
const itemSizes = fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 200 });

interface Item extends SequencedMessage {
  readonly bytes: number;
}

describe('a stream', () => {
  test('never stalls, never exceeds what is granted by more than one item, on a line that holds', () => {
    fc.assert(
      fc.property(windowSize, itemSizes, (window, sizes) => {
        const receiver = createStreamReceiver<Item>(window);
        const sender = createStreamSender(window);
        const first = sender.nextSeq();
        const ready: Item[] = [];
        receiver.accept({ seq: first, bytes: 0 }, ready);
        ready.length = 0;
        for (const bytes of sizes) {
          // Everything sent so far was handed on, so the sender must be allowed to go on.
          expect(sender.maySend()).toBe(true);
          const item: Item = { seq: sender.nextSeq(), sentBytes: sender.sentBytes(), bytes };
          sender.sent(bytes);
          expect(receiver.accept(item, ready)).toBe('taken');
          for (const next of ready.splice(0)) {
            const credit = receiver.consumed(next);
            if (credit !== undefined) sender.grant(credit);
          }
        }
      }),
    );
  });

  test('has a window that grows for a reader who keeps up, in items and not in bytes, and for no other', () => {
    const ahead = (keepsUp: boolean, itemBytes: number): Credit => {
      const receiver = createStreamReceiver<SequencedMessage>();
      let seq = 0;
      for (; seq < 5000; seq++) receiver.consumed({ seq, sentBytes: seq * itemBytes }, keepsUp);
      const { items, bytes } = receiver.credit();
      return { items: items - seq, bytes: bytes - seq * itemBytes };
    };
    expect(ahead(false, 1).items).toBeLessThanOrEqual(64);
    expect(ahead(true, 1).items).toBeGreaterThan(512);
    expect(ahead(true, 1).items).toBeLessThanOrEqual(1024);
    expect(ahead(true, 10_000).bytes).toBeLessThanOrEqual(256 * 1024);
  });

  test('hands on each item once and in order, whatever the line does within the window of disorder', () => {
    const line = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 300 });
    fc.assert(
      fc.property(line, (seqs) => {
        const receiver = createStreamReceiver<SequencedMessage>();
        const handedOn: number[] = [];
        const arrived = new Set<number>();
        const ready: SequencedMessage[] = [];
        for (const seq of seqs) {
          expect(receiver.accept({ seq }, ready)).toBe(arrived.has(seq) ? 'repeated' : 'taken');
          arrived.add(seq);
          handedOn.push(...ready.splice(0).map((message) => message.seq));
        }
        const complete = Array.from({ length: 41 }, (_, seq) => seq);
        const missing = complete.find((seq) => !arrived.has(seq)) ?? complete.length;
        expect(handedOn).toEqual(complete.slice(0, missing));
        expect(receiver.hasGap()).toBe(arrived.size > missing);
        expect(receiver.nextSeq()).toBe(missing);
      }),
    );
  });

  test('is lost when more stands behind a gap than disorder explains', () => {
    const receiver = createStreamReceiver<SequencedMessage>();
    const arrivals = Array.from({ length: 65 }, (_, i) => receiver.accept({ seq: i + 1 }, []));
    expect(arrivals.slice(0, 64).every((arrival) => arrival === 'taken')).toBe(true);
    expect(arrivals[64]).toBe('lost');
  });

  test('is not misled by credit that is old or repeated', () => {
    const grants = fc.array(fc.record({ items: fc.nat({ max: 100 }), bytes: fc.nat({ max: 100 }) }));
    fc.assert(
      fc.property(grants, (credits: Credit[]) => {
        const sender = createStreamSender({ items: 1, bytes: 1 });
        for (const credit of credits) sender.grant(credit);
        const most = Math.max(1, ...credits.map(({ items }) => items));
        let sent = 0;
        while (sender.maySend() && sent < 200) {
          sender.sent(0);
          sent++;
        }
        expect(sent).toBe(most);
      }),
    );
  });
});
