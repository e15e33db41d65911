import { describe, expect, it } from 'vitest';
import { kafkaMode } from '../support/real-kafka/kafka-mode.js';

describe('what a test run does about a real Kafka', () => {
  it.each([
    [{}, 'if-possible'],
    [{ KAFKA: '' }, 'if-possible'],
    [{ KAFKA: 'required' }, 'required'],
    [{ KAFKA: 'off' }, 'off'],
    [{ KAFKA_BROKERS: 'one:9092' }, 'required'],
    [{ KAFKA: 'off', KAFKA_BROKERS: 'one:9092' }, 'off'],
  ])('with %j is %s', (env, mode) => {
    expect(kafkaMode(env)).toBe(mode);
  });

  it('is not guessed from a word it does not know', () => {
    expect(() => kafkaMode({ KAFKA: 'maybe' })).toThrow(
      'KAFKA is "maybe"; it can be "required" or "off", or not set',
    );
  });
});
