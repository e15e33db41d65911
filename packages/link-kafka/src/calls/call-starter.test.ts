import { runInNewContext } from 'node:vm';
import type { Operation } from '@trpc/client';
import { defineKafkaService } from '@trpc-kafka/core';
import {
  type CallId,
  createCounters,
  type InboxAddress,
  type Message,
  type RecordBatcher,
  type ServerMessage,
} from '@trpc-kafka/core/internal';
import { describe, expect, test, vi } from 'vitest';
import type { ClientConnection, ConnectionWaiter } from '../client/client-connection.js';
import { clientCounterNames } from '../options.js';
import type { ReplyInbox } from '../replies/reply-inbox.js';
import { type CallWriting, createCallWriter, type HeadersOf } from '../requests/call-writer.js';
import type { RequestDraft } from '../requests/request-sender.js';
import { type CallRequest, createCallStarter } from './call-starter.js';
import { PendingCall } from './pending-call.js';
import { createPendingCalls } from './pending-calls.js';
import type { PresenceWaiter, ServerPresence } from './server-presence.js';

const server: InboxAddress = { topic: 'flights.control', partition: 1, inboxId: 'S'.repeat(22) };
const position = { topic: 'flights.replies', partition: 0, offset: 0 };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function otherCall(id: CallId): PendingCall {
  const owner = {
    settle() {},
    sent() {},
    answered() {},
    turnAway() {},
    timeoutError: () => new Error('late'),
  };
  const listener = { message() {}, failed() {} };
  const deadlineMs = Date.now() + 1000;
  return new PendingCall({ id, type: 'query', path: 'other', timeoutMs: 1000, deadlineMs, listener, owner });
}

interface StartOptions extends Partial<CallRequest> {
  readonly headers?: HeadersOf<Operation>;
}

/** A client without Kafka: its connection, its clock and its brokers are the test. */
function createHarness({
  isOpen = true,
  maxPendingCalls = 10,
  othersCalls = 0,
  noServer = 'wait' as 'wait' | 'fail',
} = {}) {
  let nowMs = Date.now();
  let fire: (() => void) | undefined;
  const pending = createPendingCalls({
    now: () => nowMs,
    setTimeout(callback) {
      fire = callback;
      return callback;
    },
    clearTimeout() {},
  });
  const waiters = new Set<ConnectionWaiter>();
  const connection = {
    isOpen: () => isOpen,
    lastError: () => undefined,
    whenOpen: (waiter: ConnectionWaiter) => void waiters.add(waiter),
    forget: (waiter: ConnectionWaiter) => void waiters.delete(waiter),
  } as unknown as ClientConnection;
  let isServed = false;
  const askers = new Set<PresenceWaiter>();
  const presence: ServerPresence = {
    seen() {
      isServed = true;
    },
    seenMs: () => undefined,
    isThere: () => isServed,
    ask: (waiter) => void askers.add(waiter),
    forget: (waiter) => void askers.delete(waiter),
  };
  const batch: PendingCall[] = [];
  const batcher: RecordBatcher = {
    add: (entry) => void batch.push(entry as PendingCall),
    drain: () => Promise.resolve(),
    queued: () => 0,
  };
  const control: { message: Message; to: InboxAddress | undefined }[] = [];
  const prepared: RequestDraft[] = [];
  const uses: string[] = [];
  const starter = createCallStarter({
    service: defineKafkaService({ name: 'flights' }),
    replies: { calls: pending, current: () => undefined } as unknown as ReplyInbox,
    connection,
    counters: createCounters(clientCounterNames),
    timeoutMs: 1000,
    maxPendingCalls,
    noServer,
    presence,
    control: {
      send: (message, to) => void control.push({ message, to }),
      handedOver: () => Promise.resolve(),
    },
    use: {
      begin: () => void uses.push('begin'),
      end: () => void uses.push('end'),
      stop() {},
    },
    streams: { opened() {}, closed() {}, heard() {}, leaving() {}, close() {} },
    answering: { sent() {}, answered() {}, pick: () => 0 },
  });
  const writing: CallWriting = {
    topic: 'flights.requests',
    connectionParams: () => undefined,
    maxMessageBytes: 1000,
    batcher,
    requests: {
      encode: (message) => ({ message, envelope: '', bytes: 0, bytesInBundle: 1 }),
      intercept() {},
      prepare(draft) {
        prepared.push(draft);
        return { topic: draft.topic, partition: 0, key: null, value: '', bytes: 0, headers: {} };
      },
    },
  };
  // Of clients of other services, which share this client's inbox.
  for (let i = 0; i < othersCalls; i++) pending.add(otherCall(pending.nextId()));
  const failures: string[] = [];
  const messages: string[] = [];
  function start({ headers = () => undefined, ...request }: StartOptions = {}) {
    return starter.start({
      type: 'query',
      path: 'p',
      input: undefined,
      options: {},
      op: { id: 1, type: 'query', path: 'p', input: undefined, context: {}, signal: null },
      writer: createCallWriter(writing, headers),
      listener: {
        message: (message) => void messages.push(message.kind),
        failed: (error) => void failures.push(error.message.split(':')[0]!),
      },
      ...request,
    });
  }
  return {
    starter,
    start,
    pending,
    waiters,
    askers,
    prepared,
    failures,
    messages,
    control,
    uses,
    /** The brokers take what was written. */
    write: () => batch.splice(0).map((call) => call.toRecord({ partitionFor: () => 0 })),
    /** The deadlines pass. */
    expireAll: () => {
      nowMs += 2000;
      fire!();
    },
  };
}

describe('createCallStarter', () => {
  test.each([
    // [own timeout, left of the deadline, what the call has]
    [60_000, 5000, 5000],
    [3000, 5000, 3000],
    [3000, -200, 1],
    [3000, undefined, 3000],
  ])(
    'of its own %i ms and %s ms that are left to its resolver, a call has %i',
    (timeoutMs, leftMs, expected) => {
      const now = vi.spyOn(Date, 'now').mockReturnValue(1_000_000);
      try {
        const { start, prepared, failures, messages } = createHarness();
        const deadlineMs = leftMs === undefined ? undefined : 1_000_000 + leftMs;
        const inherited = {
          path: 'front.ask',
          deadlineMs,
          signal: undefined,
          headers: { traceparent: 'outer', baggage: 'b' },
        };
        start({
          options: { timeoutMs, headers: { baggage: 'own' } },
          inherited,
          headers: () => ({ tracestate: 's' }),
        });
        expect([failures, messages]).toEqual([[], []]);
        const [{ calls, headers }] = prepared as [RequestDraft];
        expect(calls[0]!.message).toMatchObject({ timeoutMs: expected, deadlineMs: 1_000_000 + expected });
        expect(headers).toEqual({ traceparent: 'outer', tracestate: 's', baggage: 'own' });
      } finally {
        now.mockRestore();
      }
    },
  );

  test('calls that time out while brokers are away leave nothing behind', () => {
    const { start, waiters, failures, expireAll, pending } = createHarness({ isOpen: false });
    for (let i = 0; i < 10; i++) start();
    expect(waiters.size).toBe(10);
    expireAll();
    expect([waiters.size, pending.size(), failures.length]).toEqual([0, 0, 10]);
  });

  test('a call that is abandoned while it waits for the connection is never sent', () => {
    const { start, waiters, control, prepared } = createHarness({ isOpen: false });
    start()!.abandon();
    expect([waiters.size, control, prepared]).toEqual([0, [], []]);
  });

  test('calls that waited are sent when the connection opens', () => {
    const { start, waiters, prepared, write } = createHarness({ isOpen: false });
    start();
    for (const waiter of waiters) waiter.opened();
    expect([prepared.length, write().length]).toEqual([1, 1]);
  });

  test('a call that needs a server is not written before one is known', () => {
    const { start, askers, prepared, failures, pending } = createHarness({ noServer: 'fail' });
    start({ options: { noServer: 'wait' } });
    expect([prepared.length, askers.size]).toEqual([1, 0]);
    start();
    start({ type: 'mutation' });
    expect([prepared.length, askers.size]).toEqual([1, 2]);
    const [first, second] = askers;
    first!.there();
    second!.nobody();
    expect([prepared.length, failures, pending.size()]).toEqual([2, ['NO_SERVER'], 2]);
    pending.deliver({ kind: 'data', id: 1, data: 1 }, { position, server });
    start();
    expect([prepared.length, askers.size]).toEqual([3, 1]);
  });

  test('a call that is over while a server is looked for leaves nothing behind', async () => {
    const { starter, start, askers, waiters, prepared, control, failures, expireAll } = createHarness({
      isOpen: false,
    });
    for (let n = 0; n < 3; n++) start({ options: { noServer: 'fail' } })!;
    for (const waiter of waiters) waiter.opened();
    expect([askers.size, prepared]).toEqual([3, []]);
    const abandoned = start({ options: { noServer: 'fail' } })!;
    [...waiters].at(-1)!.opened();
    abandoned.abandon();
    [...askers][0]!.failed(new Error('not allowed'));
    expect([askers.size, failures]).toEqual([2, ['not allowed']]);
    expireAll();
    expect([askers.size, failures.length]).toEqual([0, 3]);
    start({ options: { noServer: 'fail' } });
    [...waiters].at(-1)!.opened();
    await starter.drain();
    expect([askers.size, failures.at(-1), control, prepared]).toEqual([0, 'CLIENT_CLOSED', [], []]);
  });

  test('cancels a call at its server where it is known, everywhere where it is not, and never one that was not sent', () => {
    const { start, write, control, pending } = createHarness();
    const unsent = start()!;
    unsent.abandon();
    expect(write()).toEqual([undefined]);
    const unknown = start()!;
    const started = start({ type: 'subscription' })!;
    write();
    pending.deliver({ kind: 'started', id: 3, seq: 0, features: [] }, { position, server });
    unknown.abandon();
    started.abandon();
    started.abandon();
    expect(control).toEqual([
      { message: { kind: 'cancel', id: 2 }, to: undefined },
      { message: { kind: 'cancel', id: 3 }, to: server },
    ]);
  });

  test('a timeout sends no cancel: the server has the deadline', () => {
    const { start, write, control, failures, expireAll } = createHarness();
    start();
    write();
    expireAll();
    expect([failures, control]).toEqual([['TIMEOUT'], []]);
  });

  test('refuses more calls than may wait, and takes one again when one is done', () => {
    const { start, failures } = createHarness({ maxPendingCalls: 1 });
    const first = start()!;
    expect(start()).toBeUndefined();
    expect(failures).toEqual(['TOO_MANY_REQUESTS']);
    first.settle();
    expect(start()).toBeDefined();
  });

  test('counts its own calls only, and not those of clients that share its inbox', () => {
    const { start, failures } = createHarness({ maxPendingCalls: 1, othersCalls: 5 });
    expect(start()).toBeDefined();
    expect(start()).toBeUndefined();
    expect(failures).toEqual(['TOO_MANY_REQUESTS']);
  });

  test('what has become a stream waits no more, and is counted once when it ends', () => {
    const { start, failures } = createHarness({ maxPendingCalls: 1 });
    const stream = start({ type: 'subscription' })!;
    stream.begun();
    const waits = start();
    expect(start()).toBeUndefined();
    stream.begun();
    stream.settle();
    expect(start()).toBeUndefined();
    waits!.settle();
    expect(start()).toBeDefined();
    expect(failures).toEqual(['TOO_MANY_REQUESTS', 'TOO_MANY_REQUESTS']);
  });

  test('tells when calls are under way, once for any number, and when none is', () => {
    const { start, uses, expireAll } = createHarness();
    const [first, second] = [start()!, start()!];
    expect(uses).toEqual(['begin']);
    first.settle();
    second.abandon();
    second.abandon();
    expect(uses).toEqual(['begin', 'end']);
    start();
    expireAll();
    expect(uses).toEqual(['begin', 'end', 'begin', 'end']);
  });

  test('headers that cannot be made fail that call alone', async () => {
    const { start, failures, pending } = createHarness();
    start({
      headers() {
        throw new Error('no token');
      },
    });
    start({ headers: () => Promise.reject(new Error('no token either')) });
    start();
    await turn();
    expect([failures, pending.size()]).toEqual([['no token', 'no token either'], 1]);
  });

  test('headers promised by another realm are waited for, too', async () => {
    const { start, prepared } = createHarness();
    // As in tests under jsdom, or in a vm: it is no instance of this realm's Promise.
    const promised = runInNewContext('Promise.resolve({ a: "b" })') as Promise<Record<string, string>>;
    expect(promised).not.toBeInstanceOf(Promise);
    start({ headers: () => promised });
    await turn();
    expect(prepared.map(({ headers }) => headers)).toEqual([{ a: 'b' }]);
  });

  test('a call that is settled while its headers are made is not sent', async () => {
    const { start, prepared } = createHarness();
    start({ headers: () => Promise.resolve({}) })!.abandon();
    await turn();
    expect(prepared).toEqual([]);
  });

  test('turns a second server of a subscription away and reads nothing of it', () => {
    const { start, pending, control, messages } = createHarness();
    start({ type: 'subscription' });
    const second = { ...server, inboxId: 'T'.repeat(22) };
    pending.deliver({ kind: 'started', id: 1, seq: 0, features: [] }, { position, server });
    pending.deliver({ kind: 'started', id: 1, seq: 0, features: [] }, { position, server: second });
    pending.deliver({ kind: 'stopped', id: 1, seq: 1 }, { position, server: second });
    expect(messages).toEqual(['started']);
    expect(control).toEqual([{ message: { kind: 'cancel', id: 1 }, to: second }]);
  });

  test('a query whose result is streamed reads the stream of the server that began it', () => {
    const { start, pending, control, messages } = createHarness();
    start();
    const second = { ...server, inboxId: 'T'.repeat(22) };
    const deliver = (message: ServerMessage, from: InboxAddress): void =>
      void pending.deliver(message, { position, server: from });
    deliver({ kind: 'started', id: 1, seq: 0, features: [] }, server);
    deliver({ kind: 'started', id: 1, seq: 0, features: [] }, second);
    deliver({ kind: 'chunk', id: 1, seq: 1, lines: ['{}'] }, second);
    deliver({ kind: 'chunk', id: 1, seq: 1, lines: ['{}'] }, server);
    expect(messages).toEqual(['started', 'chunk']);
    expect(control).toEqual([{ message: { kind: 'cancel', id: 1 }, to: second }]);
  });

  test('draining fails what was not sent, waits for what was, and takes nothing more', async () => {
    const { starter, start, write, failures, pending } = createHarness();
    const sent = start()!;
    write();
    start();
    let drained = false;
    const draining = starter.drain().then(() => {
      drained = true;
    });
    start();
    await turn();
    expect([failures, drained, pending.size()]).toEqual([['CLIENT_CLOSED', 'CLIENT_CLOSED'], false, 1]);
    sent.settle();
    await draining;
  });
});
