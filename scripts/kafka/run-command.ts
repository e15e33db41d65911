import { execFile } from 'node:child_process';

export interface CommandResult {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it did not succeed, in one line; empty when it did. */
  readonly failure: string;
}

export interface CommandOptions {
  /** @default 10_000 */
  readonly timeoutMs?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program to its end. Never rejects: whether a program is there at all is a question asked often here. */
export function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { timeoutMs = 10_000, env = process.env } = options;
  return new Promise((resolve) => {
    execFile(
      file,
      args,
      { timeout: timeoutMs, env, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const failure =
          error === null ? '' : describeFailure({ file, error, output: `${stdout}\n${stderr}`, timeoutMs });
        resolve({ ok: error === null, stdout: stdout.trim(), stderr: stderr.trim(), failure });
      },
    );
  });
}

function describeFailure(options: {
  file: string;
  error: { code?: string | number | null | undefined; killed?: boolean | undefined };
  output: string;
  timeoutMs: number;
}): string {
  const { file, error, output, timeoutMs } = options;
  if (error.code === 'ENOENT') return `${file} is not installed`;
  if (error.killed === true) return `${file} did not answer within ${timeoutMs} ms`;
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.find((line) => /error|cannot|denied/i.test(line)) ?? lines.at(-1);
  return `${file} failed with ${error.code}: ${telling?.trim() ?? 'it said nothing'}`;
}
