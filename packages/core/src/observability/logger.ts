/**
 * Observability: what the transport tells about itself.
 * Owns: the logger it accepts, its counters, its event listeners. Must not know: any logging or metrics library.
 */

/** A logger as pino, console and most others have it. */
export interface TransportLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Says nothing. */
export const silentLogger: TransportLogger = { debug() {}, info() {}, warn() {}, error() {} };

/** A logger that can never disturb its caller: what the user's logger throws is dropped, as there is nowhere left to tell it. */
export function guardLogger(logger: TransportLogger | undefined): TransportLogger {
  if (logger === undefined) return silentLogger;
  const guarded = (level: keyof TransportLogger) => (fields: object, message: string) => {
    try {
      logger[level](fields, message);
    } catch {
      // A broken logger must not break calls.
    }
  };
  return { debug: guarded('debug'), info: guarded('info'), warn: guarded('warn'), error: guarded('error') };
}
