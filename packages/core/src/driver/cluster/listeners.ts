/** Listeners of a driver. One that throws is reported to the others and disturbs nothing. */
import type { DriverEvent, DriverEventListener } from '../driver-event.js';

/** Hands events to listeners. */
export interface Listeners {
  readonly on: (listener: DriverEventListener) => () => void;
  readonly emit: (event: DriverEvent) => void;
}

/** Makes an empty set of listeners. */
export function createListeners(): Listeners {
  const listeners = new Set<DriverEventListener>();

  function emit(event: DriverEvent): void {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        // A listener that fails on the report of a failure would otherwise go round in circles.
        if (event.type !== 'listener-failed')
          emit({ type: 'listener-failed', where: `event ${event.type}`, error });
      }
    }
  }

  return {
    on(listener) {
      const own: DriverEventListener = (event) => listener(event);
      listeners.add(own);
      return () => {
        listeners.delete(own);
      };
    },
    emit,
  };
}
