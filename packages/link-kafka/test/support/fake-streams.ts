/** A subscription whose servers are the test: every stream it opens, and all that its subscriber is told. */
import { behaviorSubject } from '@trpc/server/observable';
import { isKafkaTransportError, KafkaTransportError } from '@trpc-kafka/core';
import type { ServerMessage } from '@trpc-kafka/core/internal';
import type { CallRequest } from '../../src/calls/call-starter.js';
import type { SettledCallOptions } from '../../src/calls/idempotency-key.js';
import type { PendingCall } from '../../src/calls/pending-call.js';
import type { StartedCall } from '../../src/calls/started-call.js';
import type { ConnectionState } from '../../src/client/client-connection.js';
import type { ClientRuntime } from '../../src/client/client-runtime.js';
import { unwatched } from '../../src/client/use-watch.js';
import { runSubscription } from '../../src/link/run-subscription.js';
import type { OperationFacts, OperationObserver } from '../../src/operations/operation.js';
import type { CallWriter } from '../../src/requests/call-writer.js';
import type { ServerWatcher } from '../../src/streams/server-streams.js';
import { createStreamLimit, type StreamLimit } from '../../src/streams/stream-limit.js';

const position = { topic: 'replies', partition: 0, offset: 0 };
const identity = { serialize: (value: unknown) => value, deserialize: (value: unknown) => value };

type Sent = ServerMessage extends infer M ? (M extends { id: unknown } ? Omit<M, 'id'> : never) : never;

/** One stream of the subscription under test: the test is its server. */
export class FakeStream {
  expired: (() => void) | undefined = undefined;
  watcher: ServerWatcher | undefined = undefined;
  private seq = 0;
  private readonly call = {
    settled: false,
    path: 'numbers',
    type: 'subscription',
    failed: (error: Error) => this.fail(error),
  };
  readonly request: CallRequest;
  private readonly log: unknown[];
  private readonly name: string;

  constructor(request: CallRequest, log: unknown[], name: string) {
    this.request = request;
    this.log = log;
    this.name = name;
  }

  get handle(): StartedCall {
    return {
      abandon: () => {
        if (this.call.settled) return;
        this.call.settled = true;
        this.log.push(`cancel ${this.name}`);
      },
      settle: () => {
        this.call.settled = true;
      },
      watch: (_ms, expired) => {
        this.expired = expired;
      },
      unwatch: () => {
        this.expired = undefined;
      },
      begun() {},
      grant: (credit) => this.log.push(credit),
      lease: (watcher) => {
        this.watcher = watcher;
      },
    };
  }

  send(message: Sent): void {
    if (this.call.settled) return;
    this.request.listener.message(
      { id: 1, ...message } as ServerMessage,
      this.call as unknown as PendingCall,
      position,
    );
  }

  start(): void {
    this.send({ kind: 'started', seq: this.seq++, features: ['lease'] });
  }

  item(data: unknown, seq: number = this.seq++): void {
    this.send({ kind: 'data', seq, sentBytes: 0, data });
  }

  /** Tracked events. */
  events(...ids: string[]): void {
    for (const id of ids) this.send({ kind: 'data', seq: this.seq++, sentBytes: 0, eventId: id, data: id });
  }

  stop(): void {
    this.send({ kind: 'stopped', seq: this.seq++ });
  }

  lose(reason = 'closing'): void {
    this.send({ kind: 'lost', seq: this.seq++, reason });
  }

  fail(error: Error): void {
    this.call.settled = true;
    this.request.listener.failed(error);
  }
}

/** What a test sees of it. */
export interface FakeSubscription {
  /** What the subscriber was told, and what was sent to servers. */
  readonly log: unknown[];
  readonly streams: FakeStream[];
  readonly first: FakeStream;
  readonly end: () => void;
  /** What is in the log, which is emptied. */
  readonly take: () => unknown[];
}

/** Subscribes. */
export function subscribe(
  options: SettledCallOptions = {},
  streamLimit: StreamLimit = createStreamLimit(10),
): FakeSubscription {
  const log: unknown[] = [];
  const streams: FakeStream[] = [];
  const runtime = {
    connection: { states: behaviorSubject<ConnectionState>({ state: 'pending' }) },
    onClosing: () => () => {},
    use: unwatched,
    streamLimit,
    events: { emit: () => {} },
    retryDelayMs: (attempt: number) => attempt * 1000,
    calls: {
      start(request: CallRequest) {
        const stream = new FakeStream(request, log, `stream ${streams.length + 1}`);
        streams.push(stream);
        return stream.handle;
      },
    },
  } as unknown as ClientRuntime;
  const observer: OperationObserver = {
    next({ result }) {
      if (result.type === 'state') log.push(result.state);
      else log.push(result.type === 'data' ? result.data : result.type);
    },
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
  const writer: CallWriter = { write() {} };
  const end = runSubscription(
    { runtime, transformer: { input: identity, output: identity }, writer, op, observer, signals: [] },
    { type: 'subscription', path: 'numbers', input: undefined, options, op, writer },
  );
  while (log[0] === 'pending') log.shift();
  return { log, streams, first: streams[0]!, end, take: () => log.splice(0) };
}

export const noAnswer = (): Error => new KafkaTransportError({ code: 'TIMEOUT', message: 'no reply' });
