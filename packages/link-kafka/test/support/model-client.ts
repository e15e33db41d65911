/** The client's own parts over model servers: its calls, its table of pending ones, its servers and their leases. Only Kafka is left out. */
import { behaviorSubject } from '@trpc/server/observable';
import { defineKafkaService } from '@trpc-kafka/core';
import { createCounters, defaultStreamWindow } from '@trpc-kafka/core/internal';
import { createCallStarter } from '../../src/calls/call-starter.js';
import { createPendingCalls } from '../../src/calls/pending-calls.js';
import type { ConnectionState } from '../../src/client/client-connection.js';
import type { ClientRuntime } from '../../src/client/client-runtime.js';
import { runSubscription } from '../../src/link/run-subscription.js';
import { clientCounterNames, defaultRetryDelayMs } from '../../src/options.js';
import type { ControlMessage } from '../../src/requests/control-record.js';
import { createServerStreams } from '../../src/streams/server-streams.js';
import { createStreamLimit } from '../../src/streams/stream-limit.js';
import type { ModelRequest, ModelServer, Receive } from './model-servers.js';

const identity = { serialize: (value: unknown) => value, deserialize: (value: unknown) => value };
const position = { topic: 'numbers.replies', partition: 0, offset: 0 };

/** A client with one subscription. */
export interface ModelClient {
  /** Subscriptions that no server has taken yet. */
  readonly requests: ModelRequest[];
  readonly receive: Receive;
  heard(server: ModelServer): void;
  end(): void;
}

/** What the model tells. */
export interface ModelClientOptions {
  readonly onItem: (item: number) => void;
  readonly onEnd: (how: unknown) => void;
  readonly control: (message: ControlMessage, serverInboxId: string | undefined) => void;
}

/** Subscribes. */
export function createModelClient({ onItem, onEnd, control }: ModelClientOptions): ModelClient {
  const requests: ModelRequest[] = [];
  const calls = createPendingCalls();
  const send = (message: ControlMessage, server?: { inboxId: string }): void =>
    control(message, server?.inboxId);
  const streams = createServerStreams({
    intervalMs: 5000,
    lostAfterMs: 15_000,
    isCaughtUp: () => true,
    renew: (server) => send({ kind: 'lease' }, server),
    recordsForAll: () => 3,
    random: () => 0.5,
  });
  const states = behaviorSubject<ConnectionState>({ state: 'pending' });
  const starter = createCallStarter({
    service: defineKafkaService({ name: 'numbers' }),
    replies: { calls, current: () => undefined },
    connection: { states, isOpen: () => true, lastError: () => undefined },
    use: { begin() {}, end() {}, stop() {} },
    counters: createCounters(clientCounterNames),
    timeoutMs: 10_000,
    maxPendingCalls: 100,
    noServer: 'wait',
    presence: { seen() {}, seenMs: () => undefined },
    control: { send, handedOver: () => Promise.resolve() },
    streams,
    answering: { sent() {}, answered() {}, pick: () => 0 },
  } as unknown as Parameters<typeof createCallStarter>[0]);
  const runtime = {
    connection: { states },
    calls: starter,
    use: { begin() {}, end() {} },
    streamLimit: createStreamLimit(10),
    events: { emit() {} },
    onClosing: () => () => {},
    retryDelayMs: defaultRetryDelayMs,
  } as unknown as ClientRuntime;
  const op = {
    id: 1,
    type: 'subscription',
    path: 'numbers',
    input: undefined,
    context: {},
    signal: null,
  } as const;
  const writer = {
    write(call: { id: number | string; handOver(): void }, { lastEventId }: { lastEventId?: string }) {
      call.handOver();
      requests.push({ id: call.id, after: Number(lastEventId ?? 0), credit: defaultStreamWindow });
    },
  } as unknown as Parameters<typeof runSubscription>[1]['writer'];
  const end = runSubscription(
    {
      runtime,
      transformer: { input: identity, output: identity },
      writer,
      op,
      signals: [],
      observer: {
        next: ({ result }) => void (result.type === 'data' && onItem(result.data as number)),
        error: onEnd,
        complete: () => onEnd('complete'),
      },
    },
    { type: 'subscription', path: 'numbers', input: undefined, options: {}, op, writer },
  );
  return {
    requests,
    heard: ({ inboxId }) => streams.heard(inboxId),
    receive(message, server) {
      streams.heard(server.inboxId);
      if (message.kind === 'go-away') streams.leaving(server.inboxId);
      else if (message.kind !== 'heartbeat') {
        const delivered = calls.deliver(message, { position, server: server.address });
        // As the client does with a stream that starts when its caller has given up.
        if (!delivered && message.kind === 'started')
          send({ kind: 'cancel', id: message.id }, server.address);
      }
    },
    end() {
      end();
      streams.close();
      calls.close();
    },
  };
}
