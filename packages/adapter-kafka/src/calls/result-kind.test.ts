import { runInNewContext } from 'node:vm';
import { observable } from '@trpc/server/observable';
import { describe, expect, test } from 'vitest';
import { kindOfResult } from './result-kind.js';

async function* items(): AsyncGenerator<number> {
  yield 1;
}
const later = Promise.resolve(1);
const thenable = JSON.parse('{"then":1}', (name, value) => (name === 'then' ? () => {} : value));

describe('kindOfResult', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'x'],
    ['a function', () => later],
    ['an object', { a: 1, b: { c: [1] } }],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 })],
    ['a promise deeper than tRPC looks', { a: { b: later } }],
    ['an array, into which tRPC does not look', [later]],
    ['bytes', new Uint8Array(3)],
    ['a field called subscribe', { subscribe: true }],
    ['a promise that is inherited', Object.create({ a: later })],
    [
      'a getter that throws',
      {
        get a() {
          throw new Error('not to be read');
        },
      },
    ],
  ])('%s is one value', (_, result) => expect(kindOfResult(result)).toBe('single'));

  test.each<[string, unknown]>([
    ['an async iterable', items()],
    ['an observable', observable(() => {})],
    ['an object with a promise', { a: 1, b: later }],
    ['an object with an iterable', { a: items() }],
    ['an object of another realm', runInNewContext('({ a: Promise.resolve(1) })')],
    ['an object without a prototype that has a promise', Object.assign(Object.create(null), { a: later })],
  ])('%s is streamed', (_, result) => expect(kindOfResult(result)).toBe('streamed'));

  test.each<[string, unknown]>([
    [
      'an instance with a promise',
      new (class {
        readonly a = later;
      })(),
    ],
    ['a thenable that cannot be caught', { a: thenable }],
    ['a promise beside one', { a: later, b: thenable }],
  ])('%s cannot be sent', (_, result) => expect(kindOfResult(result)).toBe('unsendable'));
});
