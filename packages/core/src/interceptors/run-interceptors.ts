/** Runs interceptors one after another, without a promise while none of them needs one. */
import { KafkaTransportError } from '../errors/transport-error.js';
import { isThenable } from '../lifecycle/is-thenable.js';
import { reservedHeaderPrefix } from '../protocol/header-names.js';
import type { IncomingInterception, OutgoingInterception, RecordInterceptor } from './record-interceptor.js';

/** Runs `beforeSend` in order. Returns a promise only where an interceptor did; throws or rejects with what refused the record. */
export function runBeforeSend(
  interceptors: readonly RecordInterceptor[],
  record: OutgoingInterception,
): void | Promise<void> {
  return runFrom(interceptors, 0, (interceptor) => interceptor.beforeSend?.(record));
}

/** Runs `afterReceive` in order, as {@link runBeforeSend}. */
export function runAfterReceive(
  interceptors: readonly RecordInterceptor[],
  record: IncomingInterception,
): void | Promise<void> {
  return runFrom(interceptors, 0, (interceptor) => interceptor.afterReceive?.(record));
}

/** @throws KafkaTransportError `INVALID_OPTION` when a header has a name of ours or a value that is no text. */
export function assertUserHeaders(
  headers: Readonly<Record<string, unknown>>,
): asserts headers is Record<string, string> {
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(reservedHeaderPrefix)) {
      throw invalid(
        `the header name "${name}" is reserved`,
        `choose one that does not begin with "${reservedHeaderPrefix}"`,
      );
    }
    if (typeof value !== 'string')
      throw invalid(`the value of header "${name}" is a ${typeof value}`, 'give a text');
  }
}

function runFrom(
  interceptors: readonly RecordInterceptor[],
  start: number,
  run: (interceptor: RecordInterceptor) => void | Promise<void>,
): void | Promise<void> {
  for (let i = start; i < interceptors.length; i++) {
    const result = run(interceptors[i]!);
    // An interceptor that refuses late must not be taken for one that let the record pass.
    if (isThenable(result)) return Promise.resolve(result).then(() => runFrom(interceptors, i + 1, run));
  }
}

function invalid(what: string, cure: string): KafkaTransportError {
  return new KafkaTransportError({ code: 'INVALID_OPTION', message: `${what}; ${cure}` });
}
