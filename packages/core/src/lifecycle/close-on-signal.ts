/**
 * Ends a process in order when it is told to: readiness off, wait, drain, exit.
 * Must not know: what it closes; a handler, a client, or anything else with `close()`.
 */
import { constants } from 'node:os';
import { inspect } from 'node:util';
import { assertWhole } from '../service/assert-whole.js';

/** Something that closes; handlers and clients take the time they may let their work finish. */
export interface Closable {
  close(options?: { graceMs?: number }): unknown;
}

/** Options of {@link closeOnSignal}. */
export interface CloseOnSignalOptions {
  /** What ends the process. @default ['SIGTERM', 'SIGINT'] */
  readonly signals?: readonly NodeJS.Signals[];
  /** Told at once: the place to answer readiness probes with "no". A promise is waited for. @default nothing */
  readonly onClosing?: (signal: NodeJS.Signals) => unknown;
  /**
   * How long to go on serving before anything is closed, in ms: until whatever sends traffic here has seen that this
   * process is not ready. Kafka needs no such time, an HTTP server beside it does. @default 0
   */
  readonly delayMs?: number;
  /** How long what runs may go on, in ms; one time for all that is closed. @default each one's own */
  readonly graceMs?: number;
  /** Told when everything is closed, just before the process ends, with what failed in closing. @default the failure goes to stderr */
  readonly onClosed?: (failure: unknown) => unknown;
}

/**
 * Closes what it is given, one after the other, when the process is told to end, and then ends it: with exit code 0, or
 * with 1 when closing failed. Name handlers before the clients that their procedures use. A second signal ends the process
 * at once, with the code a shell expects (143 after SIGTERM, 130 after SIGINT).
 *
 * @returns what takes the listeners away again.
 * @throws KafkaTransportError with code `INVALID_OPTION`.
 * @example
 * closeOnSignal([handler, kafkaClient, healthServer], { graceMs: 20_000, onClosing: () => healthServer.drain() });
 */
export function closeOnSignal(
  closables: Closable | readonly Closable[],
  options: CloseOnSignalOptions = {},
): () => void {
  const { signals = ['SIGTERM', 'SIGINT'], delayMs, graceMs } = options;
  assertWhole(delayMs, { name: 'delayMs', min: 0, max: maxMs });
  assertWhole(graceMs, { name: 'graceMs', min: 0, max: maxMs });
  const all = [closables].flat() as readonly Closable[];
  let isClosing = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isClosing) process.exit(128 + (constants.signals[signal] ?? 0));
    isClosing = true;
    void end(all, signal, options);
  };
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}

/** What a timer can count. */
const maxMs = 2 ** 31 - 1;

async function end(
  closables: readonly Closable[],
  signal: NodeJS.Signals,
  options: CloseOnSignalOptions,
): Promise<void> {
  const failures: unknown[] = [];
  const attempt = async (step: () => unknown): Promise<void> => {
    try {
      await step();
    } catch (error) {
      failures.push(error); // The others are to be closed all the same.
    }
  };
  await attempt(() => options.onClosing?.(signal));
  if (options.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, options.delayMs));
  const endMs = options.graceMs === undefined ? undefined : performance.now() + options.graceMs;
  for (const closable of closables) {
    const leftMs = endMs === undefined ? undefined : Math.max(0, Math.round(endMs - performance.now()));
    await attempt(() => closable.close(leftMs === undefined ? undefined : { graceMs: leftMs }));
  }
  const failure = failures.length > 1 ? new AggregateError(failures, 'closing failed') : failures[0];
  const tell = options.onClosed ?? tellFailure;
  await attempt(() => tell(failure));
  process.exit(failures.length === 0 ? 0 : 1);
}

function tellFailure(failure: unknown): void {
  if (failure !== undefined) process.stderr.write(`closing failed: ${inspect(failure)}\n`);
}
