import { initTRPC } from '@trpc/server';
import type { RecordCodec } from '@trpc-kafka/core';
import {
  type CallMessage,
  createCodecTable,
  jsonEnvelopes,
  type ServerMessage,
} from '@trpc-kafka/core/internal';
import { describe, expect, test } from 'vitest';
import { ServedCall } from '../calls/served-call.js';
import { createErrorReporter } from './error-reporter.js';
import { createReplier } from './replier.js';
import { ReplyTooLarge } from './reply-sender.js';

const router = initTRPC.create().router({});

/** A codec that works when it is tried out, and then does as the test says. */
function failing(encode: (value: unknown) => string): RecordCodec {
  let tried = false;
  return {
    name: 'failing',
    encode(value) {
      if (tried) return encode(value);
      tried = true;
      return JSON.stringify(value);
    },
    decode: (text) => JSON.parse(text as string),
  };
}

const notAsked = (): never => {
  throw new Error('only asked about outcomes that are to be remembered');
};

function createHarness(codec: RecordCodec, maxBytes = Number.POSITIVE_INFINITY) {
  const sent: { codec: string; message: ServerMessage }[] = [];
  const reported: string[] = [];
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const reporter = createErrorReporter({
    router,
    logger,
    onError: ({ error }) => reported.push(error.cause?.message ?? error.message),
  });
  const replier = createReplier(
    router,
    {
      send(to, message) {
        const written = to.codec ?? jsonEnvelopes;
        const bytes = written.encode(message as ServerMessage).length;
        if (bytes > maxBytes) throw new ReplyTooLarge(bytes, maxBytes);
        sent.push({ codec: written.name, message: message as ServerMessage });
        return bytes;
      },
      encode: notAsked,
      post: notAsked,
      handedOver: async () => {},
    },
    reporter,
  );
  const message: CallMessage = { kind: 'call', id: 7, method: 'query', path: 'p', input: 1 };
  const call = new ServedCall({
    message,
    req: { from: 'A' } as never,
    replyTo: {
      topic: 'checkout.replies',
      partition: 0,
      inboxId: 'A'.repeat(22),
      codec: createCodecTable([codec], 'codecs').get('failing')!,
    },
    deadlineMs: undefined,
    batchIndex: 0,
    isBatchCall: false,
    onBegun() {},
    onSettled() {},
  });
  return { replier, call, sent, reported };
}

const general = { message: 'Internal server error', data: { code: 'INTERNAL_SERVER_ERROR' } };

describe('a codec of the user', () => {
  test('that cannot write a result writes the error in its place', () => {
    const { replier, call, sent, reported } = createHarness(
      failing((value) => {
        const text = JSON.stringify(value);
        if (text.includes('secret')) throw new Error('not this one');
        return text;
      }),
    );
    expect(replier.data(call, 'secret')).toBeUndefined();
    expect(sent).toMatchObject([{ codec: 'failing', message: { kind: 'error', id: 7 } }]);
    expect(reported).toEqual(['not this one']);
  });

  test('that fails at everything leaves nobody without an answer: it is in JSON', () => {
    const fail = (): never => {
      throw new Error('broken');
    };
    const { replier, call, sent } = createHarness(failing(fail));
    replier.data(call, 'x');
    replier.error(call, new Error('its own'), { ctx: undefined, input: 1 });
    replier.plain(call, { kind: 'expired', id: 7, nowMs: 1 });
    expect(sent).toMatchObject([
      { codec: 'json', message: { kind: 'error', id: 7, error: general } },
      { codec: 'json', message: { kind: 'error', id: 7, error: general } },
      { codec: 'json', message: { kind: 'expired', id: 7 } },
    ]);
  });

  test('heartbeats, which answer no call, are in JSON', () => {
    const { replier, call, sent } = createHarness(failing((value) => JSON.stringify(value)));
    replier.notify(call.replyTo!, { kind: 'heartbeat' });
    expect(sent).toMatchObject([{ codec: 'json', message: { kind: 'heartbeat' } }]);
  });
});

test('a limit without room for any answer is told, and nothing is thrown', () => {
  const { replier, call, sent, reported } = createHarness(
    failing((value) => JSON.stringify(value)),
    1,
  );
  replier.error(call, new Error('its own'), { ctx: undefined, input: 1 });
  replier.plain(call, { kind: 'expired', id: 7, nowMs: 1 });
  expect(sent).toEqual([]);
  expect(reported).toEqual([
    'its own',
    ...Array<unknown>(4).fill(expect.stringMatching(/at most 1 may be sent/)),
  ]);
});
