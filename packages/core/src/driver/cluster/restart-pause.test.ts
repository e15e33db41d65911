import { expect, it } from 'vitest';
import { KafkaTransportError } from '../../errors/transport-error.js';
import { createRestartPause } from './restart-pause.js';

const away = new KafkaTransportError({ code: 'BROKERS_UNREACHABLE', message: 'away', retryable: true });
const refused = new KafkaTransportError({ code: 'AUTHORIZATION_FAILED', message: 'refused' });

it('grows while brokers are away, to two seconds, so that their return is soon seen', () => {
  const pause = createRestartPause();
  expect(Array.from({ length: 7 }, () => pause.nextMs(away))).toEqual([100, 200, 400, 800, 1600, 2000, 2000]);
});

it('grows no further for credentials that were refused: how often they are said again is decided elsewhere', () => {
  const pause = createRestartPause();
  const wrong = new KafkaTransportError({ code: 'AUTHENTICATION_FAILED', message: 'wrong password' });
  expect(Array.from({ length: 7 }, () => pause.nextMs(wrong)).at(-1)).toBe(2000);
});

it('grows further for what does not pass by itself, though joining succeeds each time', () => {
  let nowMs = 0;
  const pause = createRestartPause(() => nowMs);
  const pauses = Array.from({ length: 10 }, () => {
    pause.joined();
    nowMs += 50;
    return pause.nextMs(refused);
  });
  expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000]);
});

it('is short again after a membership that lasted', () => {
  let nowMs = 0;
  const pause = createRestartPause(() => nowMs);
  for (let i = 0; i < 5; i++) pause.nextMs(away);
  pause.joined();
  nowMs += 5000;
  pause.joined();
  nowMs += 5000;
  expect(pause.nextMs(away)).toBe(100);
});
