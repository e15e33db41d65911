import {
  AuthenticationError,
  NetworkError,
  ResponseError,
  TimeoutError,
  UserError,
} from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import { toTransportError } from '../cluster/client-errors.js';
import { answerIn, connectionError, responseError } from './platformatic-errors.js';

const mapped = (error: Error) =>
  toTransportError(connectionError(error, 'kafka:9092'), { doing: 'cannot connect' });
const failed = (cause: Error) => new NetworkError('Connection to kafka:9092 failed.', { cause });

describe('an error of @platformatic/kafka', () => {
  it('is BROKERS_UNREACHABLE for a connection that is refused, late, lost, or not trusted', () => {
    const troubles = [
      failed(new Error('connect ECONNREFUSED')),
      new TimeoutError('Connection to kafka:9092 timed out.'),
      new NetworkError('Connection closed'),
      failed(new Error('self-signed certificate')),
    ];
    for (const trouble of troubles) {
      expect(mapped(trouble)).toMatchObject({ code: 'BROKERS_UNREACHABLE', retryable: true });
    }
    expect(mapped(troubles[3]!).message).toContain('self-signed certificate');
  });

  it('is AUTHENTICATION_FAILED for credentials that are refused, with the words of the broker', () => {
    const answer = new ResponseError(36, 2, { '/': [58, 'Invalid username or password'] }, {});
    const refused = failed(new AuthenticationError('SASL authentication failed.', { cause: answer }));
    expect(mapped(refused)).toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      retryable: false,
      message: expect.stringContaining('Invalid username or password'),
    });
    expect(mapped(failed(new UserError('SASL mechanism PIGEON not supported.'))).code).toBe(
      'AUTHENTICATION_FAILED',
    );
  });

  it('is no refusal when the connection is lost while it authenticates', () => {
    const lost = new AuthenticationError('Cannot find a suitable SASL mechanism.', {
      cause: new NetworkError('Connection closed'),
    });
    expect(mapped(failed(lost)).code).toBe('BROKERS_UNREACHABLE');
  });

  it('holds the answer it was made of', () => {
    const answer = { topics: [{ errorCode: 3 }] };
    expect(answerIn(new ResponseError(3, 12, { '/topics/0': [3, null] }, answer))).toBe(answer);
    expect(answerIn(new NetworkError('Connection closed'))).toBeUndefined();
  });

  it('of a code that was answered says which, and whether it passes', () => {
    const moved = responseError(16, { broker: 'kafka:9092' });
    expect(moved).toMatchObject({ type: 'NOT_COORDINATOR', retriable: true });
    const forbidden = toTransportError(responseError(30, { broker: 'kafka:9092' }), { doing: 'cannot join' });
    expect(forbidden).toMatchObject({ code: 'AUTHORIZATION_FAILED', retryable: false });
  });
});
