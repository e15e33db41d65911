import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { place } from '../../test/protocol/arbitrary-message.js';
import { formatPlace, isInboxId, isTopicName, parsePlace } from './inbox-address.js';

test('a place that was written is read as the same', () => {
  fc.assert(
    fc.property(place, ({ topic, partition }) => {
      expect(parsePlace(formatPlace(topic, partition))).toStrictEqual({ topic, partition });
    }),
  );
});

describe('what is no place', () => {
  test.each([
    ['', 'empty'],
    ['checkout.replies', 'no partition'],
    ['checkout.replies/', 'empty partition'],
    ['/3', 'no topic'],
    ['checkout.replies/-1', 'negative'],
    ['checkout.replies/03', 'a second way to write 3'],
    ['checkout.replies/3.5', 'fraction'],
    ['checkout.replies/1e3', 'exponent'],
    ['checkout.replies/NaN', 'no number'],
    ['checkout.replies/10000000000', 'more than Kafka counts'],
    ['checkout.replies/3\n', 'line end'],
    ['a/b/3', 'slash in the topic'],
    ['./3', 'topic Kafka refuses'],
    ['../3', 'topic Kafka refuses'],
    ['Köln/3', 'letter Kafka refuses'],
  ])('%j: %s', (text) => {
    expect(parsePlace(text)).toBeUndefined();
  });
});

test('topic names are the ones Kafka accepts', () => {
  expect(isTopicName('A-z_0.9')).toBe(true);
  expect(isTopicName('x'.repeat(249))).toBe(true);
  expect(isTopicName('x'.repeat(250))).toBe(false);
  expect(isTopicName('')).toBe(false);
  expect(isTopicName('a b')).toBe(false);
});

test('an inbox id has 22 characters of base64url', () => {
  expect(isInboxId('Xq3-_0AbCdEfGhIjKlMnOp')).toBe(true);
  expect(isInboxId('Xq3-_0AbCdEfGhIjKlMnO')).toBe(false);
  expect(isInboxId('Xq3-_0AbCdEfGhIjKlMnOpQ')).toBe(false);
  expect(isInboxId('Xq3+/0AbCdEfGhIjKlMnOp')).toBe(false);
  expect(isInboxId('Xq3-_0AbCdEfGhIjKlMnOp\n')).toBe(false);
});
