import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { abortableDelay } from './abortable-delay.js';
import { untilAborted } from './until-aborted.js';

const forever = new Promise<never>(() => {});

test('untilAborted settles as the work does and leaves no listener', async () => {
  const { signal } = new AbortController();
  expect(await untilAborted(Promise.resolve(7), signal)).toBe(7);
  await expect(untilAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('untilAborted rejects with the reason of the abort, before or after the call', async () => {
  const controller = new AbortController();
  const waiting = untilAborted(forever, controller.signal);
  controller.abort(new Error('closed'));
  await expect(waiting).rejects.toThrow('closed');
  await expect(untilAborted(forever, controller.signal)).rejects.toThrow('closed');
  await expect(untilAborted(Promise.reject(new Error('late')), controller.signal)).rejects.toThrow('closed');
});

test('abortableDelay leaves no listener, and rejects with the reason of the abort', async () => {
  const controller = new AbortController();
  await abortableDelay(0, controller.signal);
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  const waiting = abortableDelay(60_000, controller.signal);
  controller.abort(new Error('closed'));
  await expect(waiting).rejects.toThrow('closed');
  await expect(abortableDelay(0, controller.signal)).rejects.toThrow('closed');
});
