import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatTopicEventId, parseTopicEventId } from './topic-event-id.js';

const partitions = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 2 ** 31 - 1 }));
const offsets = fc
  .oneof(fc.integer({ min: 0, max: 1000 }), fc.maxSafeNat())
  .map((n) => Math.min(n, 2 ** 52 - 2));
const positions = fc
  .uniqueArray(fc.tuple(partitions, offsets), { selector: ([partition]) => partition, maxLength: 150 })
  .map((entries) => entries.sort(([a], [b]) => a - b));

describe('ids of the records of a topic', () => {
  test('come back as they went, whatever the position, and are text that any transport carries', () => {
    fc.assert(
      fc.property(partitions, offsets, positions, (partition, offset, others) => {
        const id = formatTopicEventId({ partition, offset }, others);
        expect(id).toMatch(/^[\w@:.-]+$/);
        const parsed = parseTopicEventId(id);
        expect(parsed).toMatchObject({ partition, offset });
        expect(parsed!.position).toEqual(new Map([...others, [partition, offset + 1]]));
      }),
    );
  });

  test('say in plain text which record it is', () => {
    expect(formatTopicEventId({ partition: 3, offset: 1042 }, [[3, 1043]])).toBe('kafka@3:1042');
    const id = formatTopicEventId({ partition: 1, offset: 7 }, [
      [0, 8],
      [1, 8],
      [2, 5],
    ]);
    expect(id).toBe('kafka@1:7.AAABBQ');
    expect(parseTopicEventId(id)!.position).toEqual(new Map([[0, 8], [1, 8], [2, 5]])); // biome-ignore format: a map
  });

  test('are short for partitions that are filled evenly, and bounded for any', () => {
    const even = Array.from({ length: 100 }, (_, n) => [n, 1_000_000_000 + ((n * 7919) % 10_000)] as const);
    expect(formatTopicEventId({ partition: 0, offset: 1_000_000_000 }, even).length).toBeLessThan(450);
    const uneven = Array.from({ length: 100 }, (_, n) => [n, n % 2 === 0 ? 0 : 2 ** 52 - 2] as const);
    expect(formatTopicEventId({ partition: 0, offset: 0 }, uneven).length).toBeLessThan(1300);
  });

  test('one position has one id: whatever else is read as none', () => {
    const ids = positions.map((others) => formatTopicEventId({ partition: 5, offset: 12 }, others));
    const texts = fc.oneof(
      fc.string(),
      fc.string().map((text) => `kafka@1:1.${text}`),
      fc.stringMatching(/^kafka@\d{1,12}:\d{1,18}(\.[\w-]{0,40})?$/),
      fc.tuple(ids, fc.nat(), fc.string({ maxLength: 2 })).map(([id, at, part]) => {
        const place = at % id.length;
        return id.slice(0, place) + part + id.slice(place + 1);
      }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseTopicEventId(text);
        if (parsed === undefined) return;
        const position = [...parsed.position].sort(([a], [b]) => a - b);
        expect(formatTopicEventId(parsed, position)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    '',
    '41',
    '3:17',
    'kafka@',
    'kafka@1',
    'kafka@01:1',
    'kafka@1:1.',
    'kafka@1:1.A',
    'kafka@-1:0',
    'kafka@0:9007199254740992',
    'kafka@0:4503599627370495',
  ])('other ids are none of these: %j', (text) => expect(parseTopicEventId(text)).toBeUndefined());
});
