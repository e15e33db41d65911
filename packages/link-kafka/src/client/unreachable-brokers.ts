/**
 * Which brokers are out of reach right now. Connecting is given up only after seconds; a call whose time is up before
 * that is to be told all the same what stands in its way.
 */
import { type DriverEvent, KafkaTransportError } from '@trpc-kafka/core';

/** The brokers a driver found out of reach. */
export interface UnreachableBrokers {
  /** Takes an event of the driver. */
  note(event: DriverEvent): void;
  /** What there is to tell; `undefined` when no broker is known to be out of reach. */
  error(): KafkaTransportError | undefined;
}

/** Starts with none. */
export function createUnreachableBrokers(): UnreachableBrokers {
  const failures = new Map<string, Error>();
  return {
    note(event) {
      if (event.type === 'connected') for (const broker of event.brokers) failures.delete(broker);
      if (event.type === 'connection-failed')
        for (const broker of event.brokers) failures.set(broker, event.error);
    },
    error() {
      const cause = [...failures.values()].at(-1);
      if (cause === undefined) return undefined;
      const tried = [...failures.keys()].join(', ');
      return new KafkaTransportError({
        code: 'BROKERS_UNREACHABLE',
        retryable: true,
        message: `no broker could be reached yet (tried ${tried}): ${cause.message}`,
        cause,
      });
    },
  };
}
