/**
 * How a process of this example lives: it says when it is ready and ends when it is told to, or alone.
 * Owns: signals, the channel to the parent process, exit codes.
 * Must not know: what the process does.
 */
import { type Closable, closeOnSignal } from '@trpc-kafka/core';
import { z } from 'zod';

/** What a process tells its parent once others can use it. */
export const readySchema = z.object({
  type: z.literal('ready'),
  /** Where it is reached, for processes and people. */
  address: z.string(),
});
export type Ready = z.infer<typeof readySchema>;

/** A process that cannot end by itself in this time is ended. */
const graceMs = 5_000;

/** Says that others can use this process from now on: to its parent process, or to the person who started it. */
export function announceReady(address: string): void {
  const ready: Ready = { type: 'ready', address };
  if (process.send) process.send(ready);
  else process.stdout.write(`ready: ${address}\n`);
}

/**
 * Closes and exits on SIGTERM, on Ctrl-C, and when the parent process is gone: its death closes the channel to it,
 * whatever killed it.
 */
export function closeOnExit(closable: Closable): void {
  let isClosing = false;
  const onClosing = (): void => {
    isClosing = true;
    setTimeout(() => process.exit(1), graceMs).unref();
  };
  // Ctrl-C reaches all processes of a terminal at once: the parent says when this one is to end. A second signal would not wait.
  const isChild = process.send !== undefined;
  if (isChild) process.on('SIGINT', () => {});
  closeOnSignal(closable, { signals: isChild ? ['SIGTERM'] : ['SIGTERM', 'SIGINT'], onClosing });
  process.once('disconnect', () => {
    if (!isClosing) process.kill(process.pid, 'SIGTERM');
  });
  // The channel itself keeps nobody alive: a client ends when its work is done.
  process.channel?.unref();
  // A log line that nobody reads any more must not end a server.
  process.stdout.on('error', () => {});
}

/** Runs the main function of a process; its failure is one sentence on stderr and exit code 1. */
export function runMain(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    if (process.env['DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  });
}
