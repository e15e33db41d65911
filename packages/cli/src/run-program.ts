/** Runs one command from its arguments to its exit code. Owns: how failures are told. Must not know: processes, what commands do. */
import { CommanderError } from 'commander';
import type { CommandOutput } from './output/command-output.js';
import { exitCodes, type Failure, failureOf, isExit } from './output/exit-codes.js';
import { createProgram } from './program.js';

/**
 * Runs a command and resolves with its exit code. It does not end the process, and never rejects.
 *
 * @param argv the arguments as a shell gives them, without the program itself
 * @example
 * process.exitCode = await runProgram(['ls', '--brokers', 'localhost:9092'], output);
 */
export async function runProgram(argv: readonly string[], output: CommandOutput): Promise<number> {
  try {
    await createProgram(output).parseAsync(argv, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    if (output.stopped.aborted) return exitCodes.stopped;
    if (isExit(error)) return error.exitCode;
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return tell(failureOf(error), { output, asJson: argv.includes('--json') });
  } finally {
    output.progress('');
  }
}

function tell(
  { exitCode, ...failure }: Failure,
  { output, asJson }: { readonly output: CommandOutput; readonly asJson: boolean },
): number {
  const { code, message } = failure;
  if (asJson) output.note(`${JSON.stringify({ error: failure })}\n`);
  else output.note(code === 'USAGE' ? `error: ${message}\n` : `trpc-kafka: ${code}: ${message}\n`);
  return exitCode;
}
