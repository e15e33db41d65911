import { TRPCClientError } from '@trpc/client';
import { jsonlStreamProducer } from '@trpc/server/unstable-core-do-not-import';
import { isKafkaTransportError } from '@trpc-kafka/core';
import { createCounters } from '@trpc-kafka/core/internal';
import { describe, expect, test } from 'vitest';
import type { PendingCall } from '../calls/pending-call.js';
import type { StartedCall } from '../calls/started-call.js';
import { clientCounterNames } from '../options.js';
import { createStreamLimit } from './stream-limit.js';
import { createStreamedResult, type ResultMessage } from './streamed-result.js';

const identity = { serialize: (value: unknown) => value, deserialize: (value: unknown) => value };
const position = { topic: 'replies', partition: 0, offset: 0 };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The lines tRPC's producer makes of a result, as messages. */
async function messagesOf(data: unknown): Promise<ResultMessage[]> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of jsonlStreamProducer({ data: { data } })) text += decoder.decode(bytes);
  const lines = text.split('\n').slice(0, -1);
  return [
    { kind: 'started', id: 1, seq: 0, features: [] },
    ...lines.map((line, n) => ({
      kind: 'chunk' as const,
      id: 1,
      seq: n + 1,
      sentBytes: n * 10,
      lines: [line],
    })),
    { kind: 'stopped', id: 1, seq: lines.length + 1 },
  ];
}

async function* count(to: number): AsyncGenerator<number> {
  for (let n = 0; n < to; n++) yield n;
}

/** A streamed result whose server, clock and client are the test. */
function createHarness(signal?: AbortSignal, streamLimit = createStreamLimit(1)) {
  const log: unknown[] = [];
  const watched: { expired: (() => void) | undefined; ms: number | undefined; silent?: () => void } = {
    expired: undefined,
    ms: undefined,
  };
  let isClosing = false;
  let onClosing = (): void => {};
  const call = { settled: false, path: 'offers', type: 'query' } as PendingCall;
  const started: StartedCall = {
    abandon() {
      if (!call.settled) log.push('cancel sent');
      call.settled = true;
    },
    settle() {
      call.settled = true;
    },
    begun() {},
    watch(ms, expired) {
      Object.assign(watched, { ms, expired });
    },
    unwatch() {
      Object.assign(watched, { ms: undefined, expired: undefined });
    },
    grant: (credit) => log.push(credit),
    lease: (watcher) => Object.assign(watched, { silent: () => watcher.silent(15_000, 0) }),
  };
  let onHead!: (data: unknown) => void;
  const head = new Promise<never>((resolve) => {
    onHead = resolve as typeof onHead;
  });
  const result = createStreamedResult({
    call,
    started,
    transformer: { input: identity, output: identity },
    runtime: {
      counters: createCounters(clientCounterNames),
      streamLimit,
      isClosing: () => isClosing,
      onClosing(end) {
        onClosing = end;
        return () => {
          onClosing = () => {};
        };
      },
    },
    signals: signal === undefined ? [] : [signal],
    idleTimeoutMs: 500,
    onHead,
    onFailed: (error) => log.push(codeOf(error)),
  });
  return {
    log,
    watched,
    result,
    call,
    head,
    close: () => {
      isClosing = true;
      onClosing();
    },
    send: (...messages: ResultMessage[]) => {
      for (const message of messages) if (!call.settled) result.message(message, position);
    },
  };
}

function codeOf(error: unknown): unknown {
  if (!(error instanceof TRPCClientError)) return error;
  return isKafkaTransportError(error.cause) ? error.cause.code : (error.cause?.name ?? error.message);
}

async function readAll(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const read: unknown[] = [];
  try {
    for await (const item of items) read.push(item);
  } catch (error) {
    read.push(codeOf(error));
  }
  return read;
}

describe('createStreamedResult', () => {
  test('is read to its end after the server has ended it, in whatever order its messages came', async () => {
    const { send, head, log, watched } = createHarness();
    const messages = await messagesOf({ items: count(3), later: Promise.resolve('b') });
    send(...messages.toReversed());
    const { items, later } = (await head) as { items: AsyncIterable<number>; later: Promise<string> };
    expect([await readAll(items), await later]).toEqual([[0, 1, 2], 'b']);
    expect([log, watched.expired]).toEqual([[], undefined]);
  });

  test('grants credit for what is read, and only then', async () => {
    const { send, head, log } = createHarness();
    const messages = await messagesOf(count(100));
    send(...messages.slice(0, 65));
    const items = ((await head) as AsyncIterable<number>)[Symbol.asyncIterator]();
    await turn();
    expect(log).toEqual([]);
    for (let n = 0; n < 20; n++) await items.next();
    expect(log).toEqual([]);
    for (let n = 20; n < 40; n++) await items.next();
    expect(log).toEqual([expect.objectContaining({ items: 96 })]);
  });

  test('more than was granted is an error, and no memory', async () => {
    const { send, head, log } = createHarness();
    const messages = await messagesOf(count(100));
    send(...messages.slice(0, 2));
    const reading = readAll((await head) as AsyncIterable<number>);
    send(...messages.slice(2, 3), ...messages.slice(3, 80));
    expect([await reading, log]).toEqual([['PARSE_ERROR'], ['cancel sent']]);
  });

  test('a gap that stays is a lost stream: what came before it is read, then that is told', async () => {
    const { send, head, log, watched } = createHarness();
    const messages = await messagesOf(count(9));
    send(...messages.slice(0, 4), ...messages.slice(5, 7));
    const items = (await head) as AsyncIterable<number>;
    expect(watched.ms).toBe(5000);
    watched.expired!();
    expect([await readAll(items), log]).toEqual([[0, 1, 'STREAM_LOST'], ['cancel sent']]);
  });

  test('a server that falls silent, or says that it ends the result, does not take what has come', async () => {
    const { send, head, log, watched } = createHarness();
    const messages = await messagesOf(count(9));
    send({ kind: 'started', id: 1, seq: 0, features: ['lease'] }, ...messages.slice(1, 4));
    const items = (await head) as AsyncIterable<number>;
    watched.silent!();
    expect([await readAll(items), log]).toEqual([[0, 1, 'STREAM_LOST'], ['cancel sent']]);
    const other = createHarness();
    other.send(...messages.slice(0, 4), { kind: 'lost', id: 1, seq: 4, reason: 'lease' });
    expect([await readAll((await other.head) as AsyncIterable<number>), other.log]).toEqual([
      [0, 1, 'STREAM_LOST'],
      [],
    ]);
    expect(other.watched.silent).toBeUndefined();
  });

  test('the clock runs while somebody waits, and not for a reader that takes its time', async () => {
    const { send, head, log, watched } = createHarness();
    const messages = await messagesOf(count(9));
    send(...messages.slice(0, 3));
    const items = ((await head) as AsyncIterable<number>)[Symbol.asyncIterator]();
    await items.next();
    await turn();
    expect(watched.expired).toBeUndefined();
    const waiting = items.next().catch(codeOf);
    await turn();
    expect(watched.ms).toBe(500);
    send(messages[3]!);
    expect(await waiting).toEqual({ done: false, value: 1 });
    await turn();
    expect(watched.expired).toBeUndefined();
    const inVain = items.next().catch(codeOf);
    await turn();
    watched.expired!();
    expect([await inVain, log]).toEqual(['TIMEOUT', ['cancel sent']]);
  });

  test('an end without a part that was promised is an error of whoever waits for that', async () => {
    const { send, head } = createHarness();
    const [started, first] = await messagesOf({ a: Promise.resolve(1) });
    send(started!, first!, { kind: 'stopped', id: 1, seq: 2 });
    const { a } = (await head) as { a: Promise<number> };
    expect(await a.catch(codeOf)).toBe('PARSE_ERROR');
  });

  test.each([
    ['no JSON', '{"data":'],
    ['no head', '7'],
    ['a head without what it describes', '{"data":[]}'],
  ])('a first line that is %s fails the call, and tells the server', async (_, line) => {
    const { send, log } = createHarness();
    const [started] = await messagesOf(1);
    send(started!, { kind: 'chunk', id: 1, seq: 1, lines: [line] });
    while (log.length < 2) await turn();
    expect(log).toEqual(['cancel sent', expect.stringMatching(/Error/)]);
  });

  test('a server that ends the stream without a head, or lets it wait, fails the call', async () => {
    const ended = createHarness();
    ended.send({ kind: 'started', id: 1, seq: 0, features: [] }, { kind: 'stopped', id: 1, seq: 1 });
    while (ended.log.length === 0) await turn();
    expect(ended.log).toEqual(['PARSE_ERROR']);
    const waiting = createHarness();
    waiting.send({ kind: 'started', id: 1, seq: 0, features: [] });
    waiting.call.settled = true;
    waiting.result.fail(new DOMException('the deadline', 'TimeoutError'));
    await turn();
    expect(waiting.log).toEqual(['TimeoutError']);
  });

  test('closing the client ends what is not here, also when it begins before the head has come', async () => {
    const { send, head, close, log } = createHarness();
    const messages = await messagesOf(count(3));
    send(messages[0]!);
    close();
    send(messages[1]!);
    expect([await readAll((await head) as AsyncIterable<number>), log]).toEqual([
      ['CLIENT_CLOSED'],
      ['cancel sent'],
    ]);
    const whole = createHarness();
    whole.send(...messages);
    const items = (await whole.head) as AsyncIterable<number>;
    whole.close();
    expect(await readAll(items)).toEqual([0, 1, 2]);
  });

  test('an aborted signal ends what is not here, with its reason', async () => {
    const controller = new AbortController();
    const { send, head, log } = createHarness(controller.signal);
    send(...(await messagesOf(count(3))).slice(0, 3));
    const items = (await head) as AsyncIterable<number>;
    const reading = readAll(items);
    await turn();
    controller.abort();
    expect([await reading, log]).toEqual([[0, 'AbortError'], ['cancel sent']]);
  });

  test('who leaves before the head hears no more of it', async () => {
    const { send, result, log } = createHarness();
    const messages = await messagesOf(count(3));
    send(messages[0]!);
    result.leave();
    result.message(messages[1]!, position);
    await turn();
    expect(log).toEqual(['cancel sent']);
  });

  test('takes a place among the streams of its client until it ends, however that is', async () => {
    const limit = createStreamLimit(1);
    const messages = await messagesOf(count(3));
    const open = () => createHarness(undefined, limit);
    const first = open();
    first.send(...messages.slice(0, 2));
    await first.head;
    const refused = open();
    refused.send(messages[0]!);
    expect(refused.log).toEqual(['cancel sent', 'TOO_MANY_REQUESTS']);
    first.send(...messages.slice(2));
    const lost = open();
    lost.send(messages[0]!, { kind: 'lost', id: 1, seq: 1, reason: 'closing' });
    const left = open();
    left.send(messages[0]!);
    left.result.leave();
    const timedOut = open();
    timedOut.send(messages[0]!);
    timedOut.call.settled = true;
    timedOut.result.fail(new Error('late'));
    const read = open();
    read.send(...messages);
    expect(await readAll((await read.head) as AsyncIterable<number>)).toEqual([0, 1, 2]);
    expect(limit.enter({ type: 'query', path: 'offers' })).toBeUndefined();
  });

  test('says of a mutation that is left for its limit that it has run', async () => {
    const { message, retryable } = createStreamLimit(0).enter({ type: 'mutation', path: 'book' })!;
    expect([message, retryable]).toEqual([
      'TOO_MANY_REQUESTS: the result of mutation book comes as a stream and was left, after its resolver had run: this client has 0 streams open, which is its maxStreams. End some first, or raise maxStreams',
      false,
    ]);
  });
});
