/** Sends one-way calls: done when the brokers have them durably. No inbox is involved, as no reply is awaited. */
import type { KafkaService, RecordPosition } from '@trpc-kafka/core';
import { type Counters, type RecordBatcher, within } from '@trpc-kafka/core/internal';
import { type CallFacts, callMessage, recordKey } from '../calls/call-draft.js';
import { clientClosed, notConnectedInTime } from '../calls/call-errors.js';
import type { Texts } from '../calls/texts.js';
import type { ClientConnection, ConnectionWaiter } from '../client/client-connection.js';
import type { UseWatch } from '../client/use-watch.js';
import type { KafkaClientCounter } from '../options.js';
import type { RequestDraft, RequestSender } from '../requests/request-sender.js';
import { OneWayEntry } from './one-way-entry.js';

/** A one-way call. */
export interface OneWayRequest extends CallFacts {
  readonly headers: Texts | undefined;
  /** Of the call in whose resolver it is made, if it is made in one. */
  readonly traceHeaders?: Texts | undefined;
  /** How long servers may still begin it; for ever when absent. */
  readonly expiresMs?: number;
}

/** Sends one-way calls. */
export interface OneWaySender {
  send(request: OneWayRequest): Promise<RecordPosition>;
  /** Takes no more calls, and fails those that wait for a connection. */
  close(): void;
  /** Resolves when those that were taken are settled; gives up on them after the time, or the client's `timeoutMs` where that is shorter. */
  drain(graceMs?: number): Promise<void>;
}

/** What a one-way sender works with. */
export interface OneWaySenderOptions {
  readonly service: KafkaService;
  readonly connection: ClientConnection;
  /** Told when calls are under way and when none is. */
  readonly use: UseWatch;
  readonly counters: Counters<KafkaClientCounter>;
  readonly connectionParams: () => Texts | undefined;
  readonly timeoutMs: number;
  readonly batcher: RecordBatcher;
  readonly requests: RequestSender;
  readonly nextId: () => number;
}

/** Makes a one-way sender. */
export function createOneWaySender(options: OneWaySenderOptions): OneWaySender {
  const { connection, counters, requests, use } = options;
  const topic = options.service.topics.oneWay.topic;
  const unsettled = new Set<UnsettledCall>();
  /** Those that wait for the connection, by what they wait with. */
  const unsent = new Map<ConnectionWaiter, string>();
  let closed = false;
  let ended = false;

  async function send(request: OneWayRequest): Promise<RecordPosition> {
    counters.add('oneWayCalls');
    if (!connection.isOpen()) await untilOpen(request);
    const { expiresMs } = request;
    const message = callMessage(request, {
      id: options.nextId(),
      method: 'mutation',
      oneWay: true,
      connectionParams: options.connectionParams(),
      ...(expiresMs === undefined ? {} : { timeoutMs: expiresMs, deadlineMs: Date.now() + expiresMs }),
    });
    const draft: RequestDraft = {
      topic,
      purpose: 'one-way',
      calls: [requests.encode(message)],
      key: recordKey(request.options),
      headers: { ...request.traceHeaders, ...request.headers, ...request.options.headers },
    };
    await requests.intercept(draft);
    if (ended) throw clientClosed(`one-way call ${request.path}`);
    const record = requests.prepare(draft);
    return await new Promise<RecordPosition>((resolve, reject) => {
      options.batcher.add(new OneWayEntry(record, resolve, reject));
    });
  }

  function untilOpen({ path, options: { timeoutMs = options.timeoutMs } }: OneWayRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        connection.forget(waiter);
        unsent.delete(waiter);
      };
      const waiter: ConnectionWaiter = {
        opened() {
          stop();
          resolve();
        },
        failed(error) {
          stop();
          reject(error);
        },
      };
      const timer = setTimeout(
        () => waiter.failed(notConnectedInTime(`one-way call ${path}`, timeoutMs, connection.lastError())),
        timeoutMs,
      );
      unsent.set(waiter, path);
      connection.whenOpen(waiter);
    });
  }

  return {
    async send(request) {
      if (closed) throw clientClosed(`one-way call ${request.path}`);
      if (unsettled.size === 0) use.begin();
      return await new Promise<RecordPosition>((resolve, reject) => {
        const settled = send(request).then(resolve, reject);
        const call: UnsettledCall = { path: request.path, settled, reject };
        unsettled.add(call);
        void settled.finally(() => {
          unsettled.delete(call);
          if (unsettled.size === 0) use.end();
        });
      });
    },
    close() {
      closed = true;
      for (const [waiter, path] of unsent) waiter.failed(clientClosed(`one-way call ${path} was not sent`));
    },
    async drain(graceMs = options.timeoutMs) {
      const calls = [...unsettled].map(({ settled }) => settled);
      // An interceptor may never come to its end.
      await within(Math.min(graceMs, options.timeoutMs), Promise.all(calls));
      ended = true;
      for (const { path, reject } of unsettled) reject(clientClosed(`one-way call ${path}`));
    },
  };
}

/** A one-way call on its way to the brokers. */
interface UnsettledCall {
  readonly path: string;
  /** Resolves when the caller was told the outcome, whatever it was. */
  readonly settled: Promise<void>;
  readonly reject: (error: Error) => void;
}
