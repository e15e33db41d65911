import { createCounters, type ServerMessage } from '@trpc-kafka/core/internal';
import { describe, expect, test } from 'vitest';
import type { CallRequest } from '../calls/call-starter.js';
import type { PendingCall } from '../calls/pending-call.js';
import type { StartedCall } from '../calls/started-call.js';
import type { ClientRuntime } from '../client/client-runtime.js';
import type { OperationObserver, OperationRequest, OperationStart } from '../operations/operation.js';
import { clientCounterNames } from '../options.js';
import { createStreamLimit } from '../streams/stream-limit.js';
import { runCall } from './run-call.js';

const position = { topic: 'replies', partition: 0, offset: 0 };
const identity = { serialize: (value: unknown) => value, deserialize: (value: unknown) => value };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A query whose servers are the test. */
function createHarness() {
  const log: unknown[] = [];
  let request: CallRequest | undefined;
  const call = {
    settled: false,
    type: 'query',
    path: 'p',
    failed(error: Error) {
      call.settled = true;
      request!.listener.failed(error);
    },
  };
  const started: StartedCall = {
    abandon() {
      if (!call.settled) log.push('cancel sent');
      call.settled = true;
    },
    settle() {
      call.settled = true;
    },
    begun() {},
    watch() {},
    unwatch() {},
    grant() {},
    lease() {},
  };
  const runtime = {
    idleTimeoutMs: 1000,
    counters: createCounters(clientCounterNames),
    streamLimit: createStreamLimit(1),
    isClosing: () => false,
    onClosing: () => () => {},
    calls: {
      start(given: CallRequest) {
        request = given;
        return started;
      },
    },
  } as unknown as ClientRuntime;
  const observer: OperationObserver = {
    next: ({ result }) => log.push((result as { data: unknown }).data),
    error: ({ message }) => log.push(message.split(':')[0]),
    complete: () => {},
  };
  const op = { id: 1, type: 'query', path: 'p', input: undefined, context: {}, signal: null };
  const transformer = { input: identity, output: identity };
  const leave = runCall(
    { runtime, transformer, op, observer, signals: [] } as unknown as OperationStart,
    { type: 'query', path: 'p', input: undefined, options: {} } as unknown as OperationRequest,
  );
  return {
    log,
    leave,
    send: (...messages: ServerMessage[]) => {
      for (const message of messages)
        if (!call.settled) request!.listener.message(message, call as unknown as PendingCall, position);
    },
  };
}

const start: ServerMessage = { kind: 'started', id: 1, seq: 0, features: [] };
const head: ServerMessage = { kind: 'chunk', id: 1, seq: 1, lines: ['{"data":[[{"part":0}],["part",0,0]]}'] };
const expired: ServerMessage = { kind: 'expired', id: 1, nowMs: 0 };

describe('runCall', () => {
  test('takes what another server answers before the head of a stream is here, and cancels the stream', async () => {
    const { log, send } = createHarness();
    send(start, { kind: 'data', id: 1, data: 'from the other' });
    await turn();
    expect(log).toEqual(['cancel sent', 'from the other']);
  });

  test('has its outcome with the head of a stream, whatever another server answers then', async () => {
    const { log, send } = createHarness();
    send(start, head);
    await turn();
    send({ kind: 'data', id: 1, data: 'from the other' }, { kind: 'error', id: 1, error: {} }, expired, {
      kind: 'maybe-executed',
      id: 1,
    });
    const result = log[0] as { part: Promise<string> };
    send({ kind: 'chunk', id: 1, seq: 2, lines: ['[0,0,[["of the stream"]]]'] });
    expect([await result.part, log]).toEqual(['of the stream', [result]]);
  });

  test('fails with what is told of the call before the head is here', () => {
    const { log, send } = createHarness();
    send(start, expired);
    expect(log).toEqual(['TIMEOUT']);
  });

  test('cancels a stream that is left before its head is here, and no other', async () => {
    const early = createHarness();
    early.send(start);
    early.leave();
    const late = createHarness();
    late.send(start, head);
    await turn();
    late.leave();
    expect([early.log, late.log]).toEqual([['cancel sent'], [{ part: expect.any(Promise) }]]);
  });
});
