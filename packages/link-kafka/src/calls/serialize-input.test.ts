import { jsonEnvelopes } from '@trpc-kafka/core/internal';
import { afterEach, describe, expect, test } from 'vitest';
import { getTransformer } from '../trpc-internals.js';
import { serializeInput } from './serialize-input.js';

const writing = { transformer: getTransformer(undefined), codec: jsonEnvelopes };
const given = Object.getOwnPropertyDescriptor(globalThis, 'FormData')!;

afterEach(() => {
  Object.defineProperty(globalThis, 'FormData', given);
});

/** As Node has it: what is behind the name is loaded when it is first named. */
function watchFormData(): () => boolean {
  let isNamed = false;
  Object.defineProperty(globalThis, 'FormData', {
    configurable: true,
    get() {
      isNamed = true;
      return class FormData {};
    },
  });
  return () => isNamed;
}

describe('serializeInput', () => {
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'LH400'],
    ['a number', 400],
    ['an object', { from: 'FRA' }],
    ['an object without a prototype', Object.assign(Object.create(null), { from: 'FRA' })],
    ['a list', [1, 2]],
  ])('passes %s on without asking whether it is a form', (_, input) => {
    const isNamed = watchFormData();
    expect(serializeInput(input, 'search', writing)).toBe(input);
    expect(isNamed()).toBe(false);
  });

  test.each([new FormData(), new Blob(['x']), new ReadableStream(), new Uint8Array(3)])(
    'refuses %o, of which nothing would arrive',
    (input) => {
      expect(() => serializeInput(input, 'upload', writing)).toThrow(
        expect.objectContaining({ code: 'UNSUPPORTED_MEDIA_TYPE' }),
      );
    },
  );
});
