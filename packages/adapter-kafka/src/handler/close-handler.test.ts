import type { RecordBatcher } from '@trpc-kafka/core/internal';
import { expect, test } from 'vitest';
import { closeHandlerParts } from './close-handler.js';
import type { HandlerParts } from './handler-parts.js';

test('replies that wait for a decision are written, too, before the handler lets go', async () => {
  const steps: string[] = [];
  const step = (name: string) => async (): Promise<void> => void steps.push(name);
  const noted = (name: string) => (): void => void steps.push(name);
  const idle = { idle: async () => {}, abortAll() {}, close() {} };
  /** Resolves with what lets the replies go, once they are asked for. */
  let asked: (decide: () => void) => void = () => {};
  const deciding = new Promise<() => void>((resolve) => {
    asked = resolve;
  });
  const parts = {
    requests: { leave: step('leave'), taken: async () => {} },
    oneWay: { stopTaking: noted('stop'), dispatcher: idle, group: { leave: step('leave one-way') } },
    dispatcher: idle,
    gathers: { stopTaking: noted('stop gathering'), dispatcher: idle },
    control: { close: step('control closed') },
    streams: { goAway: noted('go away'), close: noted('streams closed') },
    outcomes: {},
    replier: { handedOver: () => new Promise<void>((resolve) => asked(resolve)) },
  } as unknown as HandlerParts;
  const batcher = { drain: step('drained') } as unknown as RecordBatcher;
  const closed = closeHandlerParts(parts, batcher, 0);
  const decide = await deciding;
  steps.push('decided');
  decide();
  await closed;
  expect(steps.join(', ')).toBe(
    'stop gathering, leave, stop, go away, leave one-way, decided, drained, control closed, streams closed',
  );
});
