/** Writes messages as tRPC's WebSocket RPC envelopes, with what is ours in one namespaced field, `kafka`. */
import type { CallMessage, Message } from './message.js';

/**
 * The JSON of one message.
 * @throws TypeError what `JSON.stringify` throws for values it cannot write (cycles, BigInt).
 */
export function encodeEnvelope(message: Message): string {
  return JSON.stringify(toEnvelope(message));
}

/**
 * One message as the plain object that codecs other than JSON write. Fields without a value are absent: JSON leaves out
 * what is undefined, others would write it. What is the user's stays as it is.
 */
export function toPlainEnvelope(message: Message): object {
  const envelope = withoutUndefined(toEnvelope(message));
  for (const name of ['params', 'result', 'kafka']) {
    const part = envelope[name];
    if (part !== undefined) envelope[name] = withoutUndefined(part as object);
  }
  return envelope;
}

function withoutUndefined(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function toEnvelope(message: Message): object {
  switch (message.kind) {
    case 'call': {
      const { id, jsonrpc, method, path, input, lastEventId } = message;
      const { timeoutMs, deadlineMs, idempotencyKey, credit, chunks, leaseMs } = message;
      const { connectionParams } = message;
      const kind = kindOfCall(message);
      // JSON.stringify leaves out what is undefined, which keeps an undefined input undefined on the other side.
      return {
        id,
        jsonrpc,
        method,
        params: { path, input, lastEventId },
        kafka: { kind, timeoutMs, deadlineMs, idempotencyKey, credit, chunks, leaseMs, connectionParams },
      };
    }
    case 'data': {
      const { id, jsonrpc, data, eventId, seq, sentBytes } = message;
      const kafka = seq === undefined ? undefined : { seq, sentBytes };
      return { id, jsonrpc, result: { type: 'data', id: eventId, data }, kafka };
    }
    case 'chunk': {
      const { id, jsonrpc, kind, seq, sentBytes, lines } = message;
      return { id, jsonrpc, kafka: { kind, seq, sentBytes, lines } };
    }
    case 'error':
      return {
        id: message.id,
        jsonrpc: message.jsonrpc,
        // Left out it would be no error any more: what a formatter or transformer loses may not lose the caller its answer.
        error: message.error === undefined ? null : message.error,
        kafka: seqField(message.seq),
      };
    case 'started': {
      const { id, jsonrpc, seq, features } = message;
      return { id, jsonrpc, result: { type: 'started' }, kafka: { seq, features } };
    }
    case 'stopped':
      return {
        id: message.id,
        jsonrpc: message.jsonrpc,
        result: { type: 'stopped' },
        kafka: seqField(message.seq),
      };
    case 'cancel':
      return { id: message.id, kafka: { kind: 'cancel' } };
    case 'credit':
      return { id: message.id, kafka: { kind: 'credit', credit: message.credit } };
    case 'maybe-executed':
      return { id: message.id, kafka: { kind: 'maybe-executed' } };
    case 'lost':
      return { id: message.id, kafka: { kind: 'lost', seq: message.seq, reason: message.reason } };
    case 'hello': {
      const { id, kind, timeoutMs, deadlineMs, wants } = message;
      return { id, kafka: { kind, timeoutMs, deadlineMs, wants } };
    }
    case 'hello-reply': {
      const { id, ...facts } = message;
      return { id, kafka: facts };
    }
    case 'lease':
    case 'heartbeat':
    case 'go-away':
      return { kafka: { kind: message.kind } };
    case 'expired':
      return { id: message.id, kafka: { kind: 'expired', nowMs: message.nowMs } };
  }
}

function kindOfCall({ oneWay, gather }: CallMessage): 'one-way' | 'gather' | undefined {
  if (oneWay) return 'one-way';
  return gather ? 'gather' : undefined;
}

function seqField(seq: number | undefined): { seq: number } | undefined {
  return seq === undefined ? undefined : { seq };
}
