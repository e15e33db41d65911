import { behaviorSubject } from '@trpc/server/observable';
import { isKafkaTransportError } from '@trpc-kafka/core';
import type { ServerMessage } from '@trpc-kafka/core/internal';
import { describe, expect, test } from 'vitest';
import type { CallRequest, StartedCall } from '../calls/call-starter.js';
import type { PendingCall } from '../calls/pending-call.js';
import type { ConnectionState } from '../client/client-connection.js';
import type { ClientRuntime } from '../client/client-runtime.js';
import type { CallWriter } from '../requests/call-writer.js';
import type { OperationFacts, OperationObserver } from './operation.js';
import { runSubscription } from './run-subscription.js';

const position = { topic: 'replies', partition: 0, offset: 0 };
const identity = { serialize: (value: unknown) => value, deserialize: (value: unknown) => value };

/** A subscription whose server is the test. */
function subscribe() {
  const log: unknown[] = [];
  const watched: { expired?: () => void } = {};
  let request: CallRequest | undefined;
  const call = { settled: false, path: 'numbers', type: 'subscription' };
  const handle: StartedCall = {
    abandon() {
      call.settled = true;
      log.push('cancel sent');
    },
    settle() {
      call.settled = true;
    },
    watch(_ms, expired) {
      watched.expired = expired;
    },
    unwatch() {
      delete watched.expired;
    },
    grant: (credit) => log.push(credit),
  };
  const runtime = {
    connection: { states: behaviorSubject<ConnectionState>({ state: 'pending' }) },
    onClosing: () => () => {},
    calls: {
      start(given: CallRequest) {
        request = given;
        return handle;
      },
    },
  } as unknown as ClientRuntime;
  const observer: OperationObserver = {
    next: ({ result }) =>
      void (result.type === 'state' || log.push(result.type === 'data' ? result.data : result.type)),
    error: (error) => log.push(isKafkaTransportError(error.cause) ? error.cause.code : error.message),
    complete: () => log.push('complete'),
  };
  const op: OperationFacts = {
    id: 1,
    type: 'subscription',
    path: 'numbers',
    input: undefined,
    context: {},
    signal: null,
  };
  const transformer = { input: identity, output: identity };
  const writer: CallWriter = { write() {} };
  const end = runSubscription(
    { runtime, transformer, writer, op, observer },
    { type: 'subscription', path: 'numbers', input: undefined, options: {}, op, writer },
  );
  const send = (message: ServerMessage): void =>
    request!.listener.message(message, call as PendingCall, position);
  const item = (seq: number): void => send({ kind: 'data', id: 1, seq, sentBytes: 0, data: seq });
  return {
    log,
    watched,
    send,
    item,
    end,
    start: () => send({ kind: 'started', id: 1, seq: 0, features: [] }),
  };
}

describe('runSubscription', () => {
  test('hands on what comes, in order, and completes at its end', () => {
    const { log, send, item, start } = subscribe();
    start();
    for (const seq of [1, 2, 3]) item(seq);
    send({ kind: 'stopped', id: 1, seq: 4 });
    expect(log).toEqual(['started', 1, 2, 3, 'stopped', 'complete']);
  });

  test('rights disorder and drops repeats', () => {
    const { log, item, start, watched } = subscribe();
    start();
    for (const seq of [2, 1, 1, 2, 3]) item(seq);
    expect(log).toEqual(['started', 1, 2, 3]);
    expect(watched.expired).toBeUndefined();
  });

  test('takes a gap that stays for a lost stream, tells the server, and hands on nothing behind it', () => {
    const { log, item, start, watched } = subscribe();
    start();
    item(2);
    watched.expired!();
    item(1);
    expect(log.slice(0, 3)).toEqual(['started', 'cancel sent', 'STREAM_LOST']);
  });

  test('takes too much disorder for a lost stream', () => {
    const { log, item, start } = subscribe();
    start();
    for (let seq = 2; seq < 70; seq++) item(seq);
    expect(log.slice(0, 3)).toEqual(['started', 'cancel sent', 'STREAM_LOST']);
  });

  test('grants more when half of the window is used', () => {
    const { log, item, start } = subscribe();
    start();
    for (let seq = 1; seq <= 32; seq++) item(seq);
    expect(log.at(-1)).toEqual({ items: 96, bytes: 256 * 1024 });
  });

  test('an error before the start has no number', () => {
    const { log, send } = subscribe();
    send({ kind: 'error', id: 1, error: { code: -32004, message: 'none such', data: {} } });
    expect(log).toEqual(['none such']);
  });
});
