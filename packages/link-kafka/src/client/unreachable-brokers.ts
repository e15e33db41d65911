/**
 * Which brokers are out of reach right now. Connecting is given up only after seconds; a call whose time is up before
 * that is to be told all the same what stands in its way.
 */
import { type DriverEvent, type KafkaDriver, KafkaTransportError } from '@trpc-kafka/core';

/** The brokers a driver found out of reach. */
export interface UnreachableBrokers {
  /** What there is to tell; `undefined` when no broker is known to be out of reach. */
  error(): KafkaTransportError | undefined;
}

const known = new WeakMap<KafkaDriver, UnreachableBrokers>();

/** Those of a driver. It tells each once, to whoever listens then: so this listens from the first question on, for all who ask. */
export function unreachableBrokersOf(driver: KafkaDriver): UnreachableBrokers {
  let brokers = known.get(driver);
  if (brokers === undefined) {
    brokers = followUnreachable(driver);
    known.set(driver, brokers);
  }
  return brokers;
}

function followUnreachable(driver: KafkaDriver): UnreachableBrokers {
  const failures = new Map<string, Error>();
  driver.on((event: DriverEvent) => {
    if (event.type === 'connected') for (const broker of event.brokers) failures.delete(broker);
    if (event.type === 'connection-failed')
      for (const broker of event.brokers) failures.set(broker, event.error);
  });
  return {
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
