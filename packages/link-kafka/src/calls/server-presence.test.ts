import { KafkaTransportError } from '@trpc-kafka/core';
import type { HelloReplyMessage } from '@trpc-kafka/core/internal';
import { describe, expect, test } from 'vitest';
import type { QuestionListener } from '../gather/service-asker.js';
import { answerMs, createServerPresence, type PresenceWaiter, presenceMs } from './server-presence.js';

const from = {
  instanceId: 'a',
  position: { topic: 'checkout.replies', partition: 0, offset: 0 },
  server: { topic: 'flights.control', partition: 0, inboxId: 'a' },
};
const times = { id: 1, timeoutMs: 1, deadlineMs: 1 };
const hello = (state: string): HelloReplyMessage => ({
  kind: 'hello-reply',
  id: 1,
  service: 'flights',
  software: 'test/1',
  features: [],
  state,
  startedAtMs: 0,
  nowMs: 0,
  calls: 0,
  waiting: 0,
  streams: 0,
  assigned: [],
});

/** Its servers, its clock and what it asks are the test. */
function createHarness() {
  let nowMs = 1000;
  let isCaughtUp = true;
  let timer: { readonly callback: () => void; readonly atMs: number } | undefined;
  const questions: { readonly listener: QuestionListener; left: boolean }[] = [];
  const log: string[] = [];
  const presence = createServerPresence({
    ask(_timeoutMs, listener) {
      const question = { listener, left: false };
      questions.push(question);
      return {
        leave() {
          question.left = true;
        },
      };
    },
    isCaughtUp: () => isCaughtUp,
    clock: {
      now: () => nowMs,
      setTimeout(callback, ms) {
        timer = { callback, atMs: nowMs + ms };
        return timer;
      },
      clearTimeout(cleared) {
        if (cleared === timer) timer = undefined;
      },
    },
  });
  function ask(name: string): PresenceWaiter {
    const waiter: PresenceWaiter = {
      there: () => void log.push(`${name}: there`),
      nobody: () => void log.push(`${name}: nobody`),
      failed: (error) => void log.push(`${name}: ${error.message}`),
    };
    presence.ask(waiter);
    return waiter;
  }
  return {
    presence,
    questions,
    ask,
    hasTimer: () => timer !== undefined,
    asked: () => questions.at(-1)!.listener,
    reading: (is: boolean): void => {
      isCaughtUp = is;
    },
    happened: () => log.splice(0),
    pass: (ms: number): void => {
      const endMs = nowMs + ms;
      while (timer !== undefined && timer.atMs <= endMs) {
        const { callback, atMs } = timer;
        timer = undefined;
        nowMs = atMs;
        callback();
      }
      nowMs = endMs;
    },
  };
}

describe('whether a server is there', () => {
  test('is asked once for all that want to know, and known for a while then', () => {
    const { presence, questions, ask, asked, happened, pass } = createHarness();
    expect(presence.isThere()).toBe(false);
    ask('first');
    ask('second');
    asked().written!();
    expect([questions.length, happened()]).toEqual([1, []]);
    expect(asked().answer(hello('ready'), from, times)).toBe(true);
    expect(happened()).toEqual(['first: there', 'second: there']);
    expect([questions[0]!.left, presence.isThere(), presence.seenMs()]).toEqual([true, true, 1000]);
    pass(presenceMs - 1);
    expect(presence.isThere()).toBe(true);
    pass(1);
    expect(presence.isThere()).toBe(false);
  });

  test('nobody is there when all was asked, and all is silent for as long as this process listens', () => {
    const { ask, asked, happened, pass, reading, questions } = createHarness();
    ask('one');
    pass(60_000);
    expect(happened()).toEqual([]);
    asked().written!();
    pass(answerMs / 2);
    reading(false);
    pass(60_000);
    expect(happened()).toEqual([]);
    reading(true);
    pass(answerMs);
    expect([happened(), questions[0]!.left]).toEqual([['one: nobody'], true]);
    // What is promised is 300 ms, of which the brokers need some.
    expect(answerMs).toBeLessThanOrEqual(250);
  });

  test('one that is closing counts for nothing, one that is starting is there', () => {
    const { presence, ask, asked, happened, pass } = createHarness();
    ask('one');
    asked().written!();
    asked().answer(hello('draining'), from, times);
    expect([happened(), presence.seenMs()]).toEqual([[], undefined]);
    pass(answerMs);
    expect(happened()).toEqual(['one: nobody']);
    ask('two');
    asked().answer(hello('starting'), from, times);
    expect(happened()).toEqual(['two: there']);
  });

  test('any answer says so, also to something else', () => {
    const { presence, ask, asked, happened, questions } = createHarness();
    ask('one');
    presence.seen();
    expect([happened(), questions[0]!.left]).toEqual([['one: there'], true]);
    // What still comes of that question disturbs nothing.
    asked().written!();
    asked().ended(new Error('torn'));
    ask('two');
    asked().unreadable(new Error('torn'), from);
    expect(happened()).toEqual(['two: there']);
  });

  test('silence of some says nothing of those that could not be asked', () => {
    const { ask, asked, happened, pass } = createHarness();
    ask('one');
    asked().failed(new Error('no leader'));
    asked().written!();
    pass(answerMs);
    expect(happened()).toEqual(['one: no leader']);
  });

  test('is asked again while brokers do not take the question, and not when they refuse it', () => {
    const { ask, asked, happened, questions, pass } = createHarness();
    ask('one');
    asked().ended(new KafkaTransportError({ code: 'TIMEOUT', message: 'not confirmed' }));
    expect([questions.length, happened()]).toEqual([2, []]);
    asked().ended(new Error('not allowed'));
    expect(happened()).toEqual(['one: not allowed']);
    pass(60_000);
    expect(questions).toHaveLength(2);
  });

  test('is asked no more when nobody wants to know', () => {
    const { presence, ask, asked, happened, hasTimer, questions } = createHarness();
    const [one, two] = [ask('one'), ask('two')];
    asked().written!();
    presence.forget(one);
    expect([questions[0]!.left, hasTimer()]).toEqual([false, true]);
    presence.forget(two);
    presence.forget(two);
    expect([questions[0]!.left, hasTimer()]).toEqual([true, false]);
    ask('three');
    asked().answer(hello('ready'), from, times);
    expect([questions.length, happened()]).toEqual([2, ['three: there']]);
  });
});
