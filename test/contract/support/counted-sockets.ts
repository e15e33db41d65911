/** A kafkajs instance whose sockets are counted. */
import { connect } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import { type Collector, createCollector } from '../../support/collector.ts';

export interface CountedSockets {
  readonly kafka: Kafka;
  /** How many were open, each time that changed. */
  readonly open: Collector<number>;
  /** How many are open. */
  now(): number;
  /** Resolves when none is. */
  none(): Promise<unknown>;
}

/** Makes one; nothing connects before it is used. */
export function countSockets(brokers: readonly string[]): CountedSockets {
  const open = createCollector<number>();
  const now = (): number => open.items.at(-1) ?? 0;
  const kafka = new Kafka({
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    socketFactory({ host, port, onConnect }) {
      const socket = connect({ host, port }, onConnect);
      open.add(now() + 1);
      socket.once('close', () => open.add(now() - 1));
      return socket;
    },
  });
  return { kafka, open, now, none: () => open.until(() => now() === 0, 'all sockets to be closed') };
}
