#!/usr/bin/env node
/** `npx @trpc-kafka/cli`: runs one command. Owns: output, exit codes. Must not know: what commands do. */
import { CommanderError } from 'commander';
import { describeFailure, exitCodes, isExit } from './output/exit-codes.js';
import { createProgram } from './program.js';

async function main(): Promise<number> {
  const output = {
    write: (text: string): void => void process.stdout.write(text),
    note: (text: string): void => void process.stderr.write(text),
  };
  try {
    await createProgram(output).parseAsync(process.argv);
    return exitCodes.ok;
  } catch (error) {
    if (isExit(error)) return error.exitCode;
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    output.note(`trpc-kafka: ${describeFailure(error)}\n`);
    return exitCodes.failed;
  }
}

// Whoever reads only the first lines closes the pipe: that is no failure.
process.stdout.on('error', () => process.exit(exitCodes.ok));
void main().then((code) => {
  process.exitCode = code;
});
