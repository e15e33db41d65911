import { expect, test } from 'vitest';
import { createInboxId } from './inbox-id.js';

test('an inbox id is 128 random bits', () => {
  const ids = Array.from({ length: 1000 }, createInboxId);
  const bytes = ids.map((id) => Buffer.from(id, 'base64url'));
  expect(bytes.every(({ length }) => length === 16)).toBe(true);
  // Each of the bits is set in some and not in others: none is a constant, a version or a counter's.
  const set = Array.from(
    { length: 128 },
    (_, bit) => bytes.filter((id) => (id[bit >> 3]! >> (bit & 7)) & 1).length,
  );
  expect(Math.min(...set)).toBeGreaterThan(300);
  expect(Math.max(...set)).toBeLessThan(700);
});
