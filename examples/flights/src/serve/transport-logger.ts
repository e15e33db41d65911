import type { TransportLogger } from '@trpc-kafka/core';

/** Passes on what the transport warns of, as lines of the server's own log. */
export function createTransportLogger(log: (line: string) => void): TransportLogger {
  const show = (fields: object, message: string): void => {
    const cause = 'err' in fields && fields.err instanceof Error ? `: ${fields.err.message}` : '';
    log(`${message}${cause}`);
  };
  return { debug: () => {}, info: () => {}, warn: show, error: show };
}
