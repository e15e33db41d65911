/** Tells once that brokers cannot be reached, and once that they can again, whichever connection finds out. */
import type { DriverEvent } from '../driver-event.js';
import { isConnectionTrouble } from './kafkajs-errors.js';

/** Turns answers and failures of requests into two events. */
export interface ConnectionReporter {
  answered(brokers: Iterable<string>): void;
  failed(brokers: Iterable<string>, error: Error): void;
  close(): void;
}

/** Makes a reporter that has not connected yet. */
export function createConnectionReporter(emit: (event: DriverEvent) => void): ConnectionReporter {
  let state: 'new' | 'connected' | 'failed' | 'closed' = 'new';
  return {
    answered(brokers) {
      if (state === 'connected' || state === 'closed') return;
      state = 'connected';
      emit({ type: 'connected', brokers: [...brokers] });
    },
    failed(brokers, error) {
      if (state === 'failed' || state === 'closed' || !isConnectionTrouble(error)) return;
      state = 'failed';
      emit({ type: 'connection-failed', brokers: [...brokers], error });
    },
    close() {
      state = 'closed';
    },
  };
}
