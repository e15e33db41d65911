/**
 * A refusal on its way to becoming an error code in an answer.
 *
 * Owns: pairing a code with a sentence. Thrown by validation, caught by the API that asked.
 */
import { type ErrorCode, type ErrorName, errorCodes } from './error-codes.js';

/** Thrown where the answer to a request, or to a part of it, is an error. */
export class KafkaError extends Error {
  override readonly name: string;
  readonly code: ErrorCode;

  constructor(name: ErrorName, message: string) {
    super(message);
    this.name = name;
    this.code = errorCodes[name];
  }
}

/** Runs a validation that throws KafkaErrors and hands out what it threw. */
export function attempt<T>(work: () => T): { readonly value: T } | { readonly error: KafkaError } {
  try {
    return { value: work() };
  } catch (error) {
    if (error instanceof KafkaError) return { error };
    throw error;
  }
}
