import { expect, it } from 'vitest';
import { createRefusedCredentials } from './refused-credentials.js';

const wrongPassword = Object.assign(new Error('wrong password'), { name: 'KafkaJSSASLAuthenticationError' });
const away = Object.assign(new Error('refused'), { name: 'KafkaJSConnectionError' });

function createHarness() {
  let nowMs = 0;
  const credentials = createRefusedCredentials(() => nowMs);
  /** How long it takes until one may try again. */
  function pauseMs(): number {
    for (let waited = 0; ; waited += 1000) {
      const refusal = credentials.refusal();
      if (refusal === undefined) return waited;
      expect(refusal).toBe(wrongPassword);
      nowMs += 1000;
    }
  }
  return { credentials, pauseMs };
}

it('lets brokers be asked again after a second, then after two, up to fifteen', () => {
  const { credentials, pauseMs } = createHarness();
  const pauses = Array.from({ length: 6 }, () => {
    // Several connections find out at a time.
    for (let i = 0; i < 3; i++) credentials.failed(wrongPassword);
    return pauseMs();
  });
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000]);
});

it('begins anew once the credentials were accepted', () => {
  const { credentials, pauseMs } = createHarness();
  for (let i = 0; i < 3; i++) {
    credentials.failed(wrongPassword);
    pauseMs();
  }
  credentials.accepted();
  expect(pauseMs()).toBe(0);
  credentials.failed(wrongPassword);
  expect(pauseMs()).toBe(1000);
});

it('has nothing to do with brokers that are away', () => {
  const { credentials, pauseMs } = createHarness();
  credentials.failed(away);
  expect(pauseMs()).toBe(0);
});
