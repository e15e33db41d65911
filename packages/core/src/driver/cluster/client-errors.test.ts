import {
  KafkaJSConnectionError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSProtocolError,
  KafkaJSRequestTimeoutError,
} from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { KafkaTransportError } from '../../errors/transport-error.js';
import { codeToTransportError, toTransportError } from './client-errors.js';

const context = { doing: 'cannot read inbox t[3]', brokers: ['a:1', 'b:2'] };
const protocolError = (type: string, code: number, retriable: boolean) =>
  new KafkaJSProtocolError(Object.assign(new Error(`${type} happened`), { type, code, retriable }));

describe('errors of kafkajs', () => {
  it.each([
    [protocolError('TOPIC_AUTHORIZATION_FAILED', 29, false), 'AUTHORIZATION_FAILED', false],
    [protocolError('UNKNOWN_TOPIC_OR_PARTITION', 3, true), 'TOPIC_MISSING', false],
    [protocolError('MESSAGE_TOO_LARGE', 10, false), 'PAYLOAD_TOO_LARGE', false],
    [protocolError('NOT_LEADER_FOR_PARTITION', 6, true), 'BROKER_ERROR', true],
    [protocolError('INVALID_REQUEST', 42, false), 'BROKER_ERROR', false],
    [
      new KafkaJSConnectionError('refused', { broker: 'a:1', code: 'ECONNREFUSED' }),
      'BROKERS_UNREACHABLE',
      true,
    ],
    [
      Object.assign(new Error('denied'), { name: 'KafkaJSSASLAuthenticationError' }),
      'AUTHENTICATION_FAILED',
      false,
    ],
    [new KafkaJSRequestTimeoutError('late'), 'BROKER_ERROR', true],
    [new Error('Broker not connected'), 'BROKER_ERROR', true],
    [new Error('something else'), 'BROKER_ERROR', false],
    ['not even an error', 'BROKER_ERROR', false],
  ] as const)('%s becomes %s', (error, code, retryable) => {
    const mapped = toTransportError(error, context);
    expect(mapped).toMatchObject({ code, retryable, cause: error });
    expect(mapped.message).toContain('cannot read inbox t[3]');
  });

  it('are looked at below what kafkajs wrapped them in', () => {
    const inner = new KafkaJSConnectionError('refused', { broker: 'a:1' });
    const outer = new KafkaJSNumberOfRetriesExceeded(inner, { retryCount: 5, retryTime: 100 });
    const mapped = toTransportError(outer, context);
    expect(mapped).toMatchObject({ code: 'BROKERS_UNREACHABLE', retryable: true, cause: outer });
    expect(mapped.message).toContain('tried a:1, b:2');
  });

  it('are left alone when they are transport errors', () => {
    const error = new KafkaTransportError({ code: 'TIMEOUT', message: 'late' });
    expect(toTransportError(error, context)).toBe(error);
  });

  it('of a code alone name the code', () => {
    expect(codeToTransportError(44, 'cannot create topic t').message).toBe(
      'BROKER_ERROR: cannot create topic t: POLICY_VIOLATION',
    );
    expect(codeToTransportError(29, 'cannot read t[0]', 'READ').message).toBe(
      'AUTHORIZATION_FAILED: cannot read t[0]: TOPIC_AUTHORIZATION_FAILED; grant the principal READ on the topic',
    );
    expect(codeToTransportError(1234, 'cannot do it').message).toContain('ERROR_1234');
  });
});
