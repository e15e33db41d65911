/** How a command ends, for scripts. */
import { isKafkaTransportError } from '@trpc-kafka/core';

/** `failed`: brokers, topics, files. `usage`: what was given makes no sense. `incomplete`: done, but not for all. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, incomplete: 3 } as const;

/** Ends a command that has said all there is to say. */
class Exit extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** Thrown by a command to end with a code. */
export function exitWith(code: keyof typeof exitCodes): Error {
  return new Exit(exitCodes[code]);
}

/** True for what {@link exitWith} made. */
export function isExit(error: unknown): error is { readonly exitCode: number } {
  return error instanceof Exit;
}

/** A failure as a sentence. */
export function describeFailure(error: unknown): string {
  if (isKafkaTransportError(error)) return error.message;
  return error instanceof Error ? error.message : String(error);
}
