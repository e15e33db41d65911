/** Tells once that a broker cannot be reached, and once that it can again, whichever connection finds out. */
import type { DriverEvent } from '../driver-event.js';
import { isConnectionTrouble, type KafkajsErrorFields, originalError } from './kafkajs-errors.js';

/** Turns answers and failures of requests into events. */
export interface ConnectionReporter {
  /** A broker, `host:port`, answered. */
  answered(broker: string): void;
  /** A connection failed; the error says to which broker. Other errors are left alone. */
  failed(error: Error): void;
  close(): void;
}

/** Makes a reporter that has not connected yet. */
export function createConnectionReporter(emit: (event: DriverEvent) => void): ConnectionReporter {
  const failed = new Set<string>();
  let connected = false;
  let closed = false;
  return {
    answered(broker) {
      if (closed || (connected && !failed.has(broker))) return;
      connected = true;
      failed.delete(broker);
      emit({ type: 'connected', brokers: [broker] });
    },
    failed(error) {
      const broker = brokerOf(originalError(error));
      if (closed || failed.has(broker) || !isConnectionTrouble(error)) return;
      failed.add(broker);
      emit({ type: 'connection-failed', brokers: [broker], error });
    },
    close() {
      closed = true;
    },
  };
}

function brokerOf({ broker, host, port }: KafkajsErrorFields): string {
  return broker ?? (host === undefined ? 'unknown' : `${host}:${port}`);
}
