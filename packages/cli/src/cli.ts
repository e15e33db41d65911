#!/usr/bin/env node
/** `npx @trpc-kafka/cli`: the process around one command. Owns: its streams, signals and exit. Must not know: commands. */
import { exitCodes } from './output/exit-codes.js';
import { createProcessOutput } from './output/process-output.js';
import { runProgram } from './run-program.js';

/** So long a command may take to end in good order. */
const stopWithinMs = 5000;

const stop = new AbortController();
let unread = false;

/** The first signal ends what is under way, in good order; the second does not wait for that. */
function end(): void {
  if (stop.signal.aborted) process.exit(exitCodes.stopped);
  stop.abort();
  setTimeout(() => process.exit(exitCodes.stopped), stopWithinMs).unref();
}

process.on('SIGINT', end);
process.on('SIGTERM', end);
// Whoever reads only the first lines closes the pipe: that is no failure, and every further line tells of it again.
process.stdout.on('error', () => {
  unread = true;
  if (!stop.signal.aborted) end();
});

const output = createProcessOutput({ out: process.stdout, errors: process.stderr, stopped: stop.signal });
void runProgram(process.argv.slice(2), output).then((code) => {
  process.exitCode = unread ? exitCodes.ok : code;
});
