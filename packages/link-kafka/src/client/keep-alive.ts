/** Reads how a client and the servers of its subscriptions are to know of each other. */
import { KafkaTransportError } from '@trpc-kafka/core';
import { assertWhole, maxLeaseMs } from '@trpc-kafka/core/internal';
import type { KeepAliveOptions } from '../options.js';

/**
 * Fills in the defaults.
 * @throws KafkaTransportError with code `INVALID_OPTION`.
 */
export function readKeepAlive(options: KeepAliveOptions = {}): Required<KeepAliveOptions> {
  const { intervalMs = 5000, lostAfterMs = 3 * intervalMs } = options;
  assertWhole(intervalMs, { name: 'keepAlive.intervalMs' });
  assertWhole(lostAfterMs, { name: 'keepAlive.lostAfterMs', max: maxLeaseMs });
  if (lostAfterMs >= 2 * intervalMs) return { intervalMs, lostAfterMs };
  throw new KafkaTransportError({
    code: 'INVALID_OPTION',
    message: `"keepAlive.lostAfterMs" is ${lostAfterMs}, less than twice "keepAlive.intervalMs", ${intervalMs}: one record that comes late would end every stream`,
  });
}
