/** How a command ends, for scripts. */
import { TRPCClientError } from '@trpc/client';
import { isKafkaTransportError, type KafkaTransportError } from '@trpc-kafka/core';

/**
 * `failed`: brokers, topics, files, or a check that found something. `usage`: what was given makes no sense.
 * `incomplete`: done, but not for all. `answered`: the procedure answered with an error. `timeout`: no answer came in time.
 * `noServer`: no server of the service is there. `stopped`: ended by Ctrl-C before it was done.
 */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  incomplete: 3,
  answered: 4,
  timeout: 5,
  noServer: 6,
  stopped: 130,
} as const;

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

/** What was given makes no sense, as only turned out while the command ran. */
class UsageError extends Error {}

/** Thrown by a command for what whoever runs it should give instead. */
export function usageError(message: string): Error {
  return new UsageError(message);
}

/** A failure as it is told: to people by its message, to scripts as a whole. */
export interface Failure {
  readonly exitCode: number;
  /** tRPC's code of what the procedure answered, the transport's code, `USAGE`, or `FAILED`. */
  readonly code: string;
  readonly message: string;
  /** What the procedure's error carries. */
  readonly data?: unknown;
}

/** Says what an error is to whoever ran the command. */
export function failureOf(error: unknown): Failure {
  const transport = transportErrorOf(error);
  if (transport !== undefined) return ofTransport(transport);
  if (error instanceof TRPCClientError) return ofProcedure(error as ClientError);
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) return { exitCode: exitCodes.usage, code: 'USAGE', message };
  return { exitCode: exitCodes.failed, code: 'FAILED', message };
}

interface ClientError {
  readonly message: string;
  readonly shape: unknown;
  readonly data: { readonly code?: string; readonly stack?: string } | null | undefined;
}

function transportErrorOf(error: unknown): KafkaTransportError | undefined {
  if (isKafkaTransportError(error)) return error;
  const { cause } = error instanceof Error ? error : {};
  return isKafkaTransportError(cause) ? cause : undefined;
}

const exitCodesOfTransport: Partial<Record<string, number>> = {
  TIMEOUT: exitCodes.timeout,
  NO_SERVER: exitCodes.noServer,
  INVALID_OPTION: exitCodes.usage,
};

function ofTransport({ code, reason }: KafkaTransportError): Failure {
  return { exitCode: exitCodesOfTransport[code] ?? exitCodes.failed, code, message: reason };
}

function ofProcedure({ message, shape, data }: ClientError): Failure {
  if (shape === undefined) {
    return {
      exitCode: exitCodes.failed,
      code: 'UNREADABLE',
      message: `${message}. Where the service has superjson for its transformer, say --superjson; where it has none, leave that out. Other transformers cannot be read here`,
    };
  }
  const { stack: _stack, ...facts } = data ?? {};
  return { exitCode: exitCodes.answered, code: data?.code ?? 'UNKNOWN', message, data: facts };
}
