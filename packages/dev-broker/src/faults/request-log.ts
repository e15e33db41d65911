/**
 * Counts the requests a cluster has seen, and lets tests wait for them instead of sleeping.
 *
 * Owns: counters and listeners. Must not know: what the requests did.
 */
import { passesFilter, type RequestFilter, type SeenRequest } from './request-match.js';

/** What has been asked of the cluster. */
export interface RequestLog {
  /** How many requests that pass the filter were received since the start. */
  count(filter?: RequestFilter): number;
  /** Resolves when `count(filter)` has reached `count`. @default 1 */
  until(filter: RequestFilter, count?: number): Promise<void>;
  /** Calls `listener` for each request received from now on, before it is handled; returns the remover. */
  observe(listener: (request: SeenRequest) => void): () => void;
}

export interface RecordingRequestLog extends RequestLog {
  record(request: SeenRequest): void;
}

interface Counter extends Pick<SeenRequest, 'api' | 'clientId' | 'nodeId'> {
  count: number;
}

export function createRequestLog(): RecordingRequestLog {
  const counters = new Map<string, Counter>();
  const listeners = new Set<(request: SeenRequest) => void>();
  const count = (filter: RequestFilter = {}): number => {
    let total = 0;
    for (const counter of counters.values()) if (passesFilter(filter, counter)) total += counter.count;
    return total;
  };
  const observe: RequestLog['observe'] = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return {
    count,
    observe,
    until(filter, wanted = 1) {
      return new Promise((resolve) => {
        const look = (): void => {
          if (count(filter) < wanted) return;
          remove();
          resolve();
        };
        const remove = observe(look);
        look();
      });
    },
    record(request) {
      const { api, clientId, nodeId } = request;
      const key = `${nodeId} ${api} ${clientId}`;
      const counter = counters.get(key);
      if (counter) counter.count++;
      else counters.set(key, { api, clientId, nodeId, count: 1 });
      for (const listener of listeners) listener(request);
    },
  };
}
