/** Who the brokers take a producer for (KIP-98): got when first needed, given up when it can no longer be trusted. */
import type { DriverEvent } from '../driver-event.js';
import type { KafkaCluster } from './kafka-cluster.js';
import { patiently } from './patience.js';
import type { ProducerIdentity } from './produce-batch.js';

/** Holds the identity of a producer. */
export interface IdentityHolder {
  /** The identity, when there is one now. */
  current(): ProducerIdentity | undefined;
  /** The identity, asked of the brokers when there is none. */
  get(): Promise<ProducerIdentity>;
  /** The next records are written under another identity; batches under way keep theirs. */
  forget(reason: string, error: Error): void;
}

/** Makes a holder without an identity. */
export function createIdentityHolder(
  cluster: KafkaCluster,
  emit: (event: DriverEvent) => void,
): IdentityHolder {
  let identity: ProducerIdentity | undefined;
  let asking: Promise<ProducerIdentity> | undefined;

  async function ask(): Promise<ProducerIdentity> {
    const context = { doing: 'cannot get a producer id', brokers: cluster.brokersTried };
    const { producerId, producerEpoch } = await patiently(context, () =>
      cluster.onAnyBroker((broker) => broker.initProducerId({ transactionTimeout: 60_000 })),
    );
    identity = { producerId, producerEpoch };
    return identity;
  }

  return {
    current: () => identity,
    async get() {
      if (identity !== undefined) return identity;
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      return asking;
    },
    forget(reason, error) {
      if (identity === undefined) return;
      identity = undefined;
      emit({ type: 'producer-replaced', reason, error });
    },
  };
}
