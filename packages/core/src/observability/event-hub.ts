/** Listeners of events: adding one returns its remover, and a listener that throws disturbs nobody. */

/** Hands events to listeners. */
export interface EventHub<TEvent> {
  readonly on: (listener: (event: TEvent) => void) => () => void;
  readonly emit: (event: TEvent) => void;
}

/** Makes a hub. */
export function createEventHub<TEvent>(): EventHub<TEvent> {
  const listeners = new Set<(event: TEvent) => void>();
  return {
    on(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    emit(event) {
      for (const listener of listeners) callUser(() => listener(event));
    },
  };
}

/**
 * Calls a callback of the user's. What it throws is thrown again outside, where it shows as an uncaught exception,
 * so that it neither stops the transport nor goes unnoticed (as wsLink does: client/src/links/wsLink/wsClient/utils.ts).
 */
export function callUser(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
