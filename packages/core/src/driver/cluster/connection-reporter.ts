/** Tells once that a broker cannot be reached, and once that it can again, whichever connection finds out. */
import type { DriverEvent } from '../driver-event.js';
import { type ClientErrorFields, isConnectionTrouble, originalError } from './client-errors.js';

/** Turns answers and failures of requests into events. */
export interface ConnectionReporter {
  /** A broker, `host:port`, answered. */
  answered(broker: string): void;
  /** A connection failed; the error says to which broker. Other errors are left alone. */
  failed(error: Error): void;
  /**
   * Whether kafkajs may log a text: it logs each attempt of each connection, some tens a second while brokers are away.
   * The same text is let through once a minute, and again when a broker was lost anew.
   */
  isNews(text: string): boolean;
  close(): void;
}

const repeatAfterMs = 60_000;
/** More different texts than brokers and errors make; bounded all the same. */
const mostTexts = 200;

/** Makes a reporter that has not connected yet. */
export function createConnectionReporter(
  emit: (event: DriverEvent) => void,
  now: () => number = Date.now,
): ConnectionReporter {
  const failed = new Set<string>();
  const logged = new Map<string, number>();
  let connected = false;
  let closed = false;
  return {
    answered(broker) {
      if (closed || (connected && !failed.has(broker))) return;
      connected = true;
      if (failed.delete(broker)) logged.clear();
      emit({ type: 'connected', brokers: [broker] });
    },
    failed(error) {
      const broker = brokerOf(originalError(error));
      if (closed || failed.has(broker) || !isConnectionTrouble(error)) return;
      failed.add(broker);
      emit({ type: 'connection-failed', brokers: [broker], error });
    },
    isNews(text) {
      const loggedMs = logged.get(text);
      if (loggedMs !== undefined && now() - loggedMs < repeatAfterMs) return false;
      if (logged.size >= mostTexts) logged.clear();
      logged.set(text, now());
      return true;
    },
    close() {
      closed = true;
    },
  };
}

function brokerOf({ broker, host, port }: ClientErrorFields): string {
  return broker ?? (host === undefined ? 'unknown' : `${host}:${port}`);
}
