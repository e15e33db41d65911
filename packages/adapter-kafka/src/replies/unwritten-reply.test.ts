import { initTRPC } from '@trpc/server';
import { KafkaTransportError } from '@trpc-kafka/core';
import type { ReplyMessage, ServerNotice } from '@trpc-kafka/core/internal';
import { describe, expect, test } from 'vitest';
import { createServedCall } from '../../test/support/served-call.js';
import { createErrorReporter } from './error-reporter.js';
import { createReplier } from './replier.js';

const router = initTRPC.create().router({});
const address = { topic: 'checkout.replies', partition: 0, inboxId: 'A'.repeat(22) };
const tooLarge = new KafkaTransportError({ code: 'PAYLOAD_TOO_LARGE', message: 'above max.message.bytes' });
const notWritten = new KafkaTransportError({ code: 'PRODUCE_FAILED', message: 'no leader' });

const notAsked = (): never => {
  throw new Error('only asked about outcomes that are to be remembered');
};

function createHarness() {
  const sent: (ReplyMessage | ServerNotice)[] = [];
  const reported: string[] = [];
  const reporter = createErrorReporter({
    router,
    onError: ({ error }) => reported.push(error.code),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const replier = createReplier(
    router,
    {
      send: (_, message) => sent.push(message),
      encode: notAsked,
      post: notAsked,
      handedOver: async () => {},
    },
    reporter,
  );
  const call = createServedCall({
    message: { kind: 'call', id: 1, method: 'query', path: 'p', input: 0 },
    replyTo: address,
  });
  return { replier, call, sent, reported };
}

describe('a reply that was not written', () => {
  test('because brokers refuse its size: the call has an error for its outcome, onError is told', () => {
    const { replier, call, sent, reported } = createHarness();
    call.isOver = true;
    replier.unwritten(call, undefined, tooLarge);
    expect([sent, reported]).toMatchObject([
      [{ kind: 'error', id: 1, error: { data: { code: 'PAYLOAD_TOO_LARGE' } } }],
      ['PAYLOAD_TOO_LARGE'],
    ]);
    expect(sent[0]).not.toHaveProperty('seq');
  });

  test('the same of an item: the error stands in its place, and the stream goes no further', () => {
    const { replier, call, sent } = createHarness();
    replier.unwritten(call, 5, tooLarge);
    expect([sent, call.abortReason]).toMatchObject([[{ kind: 'error', seq: 5 }], 'refused']);
  });

  test('for another reason: a stream that runs ends by itself, one that is over is lost from there on', () => {
    const running = createHarness();
    running.replier.unwritten(running.call, 5, notWritten);
    expect([running.sent, running.call.abortReason]).toEqual([[], 'unwritten']);
    const over = createHarness();
    over.call.isOver = true;
    over.replier.unwritten(over.call, 5, notWritten);
    expect(over.sent).toEqual([{ kind: 'lost', id: 1, seq: 5, reason: 'unwritten' }]);
  });

  test('for another reason, of a call: its caller has the deadline', () => {
    const { replier, call, sent } = createHarness();
    replier.unwritten(call, undefined, notWritten);
    expect([sent, call.abortReason]).toEqual([[], undefined]);
  });

  test('is told once, whatever becomes of what tells it', () => {
    const { replier, call, sent } = createHarness();
    for (const seq of [5, 6]) replier.unwritten(call, seq, tooLarge);
    replier.unwritten(call, 5, notWritten);
    expect(sent).toHaveLength(1);
  });
});
