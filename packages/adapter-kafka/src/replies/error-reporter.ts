/** Reports errors to the user's `onError` and makes the shape a caller gets, whatever the user's functions do. */
import { type AnyTRPCRouter, getTRPCErrorShape, type TRPCError, type TRPCErrorShape } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import type { TransportLogger } from '@trpc-kafka/core';
import type { KafkaRequest } from '../options.js';
import { toTRPCError } from './to-trpc-error.js';

/** What is known of a failure. */
export interface ErrorFacts {
  readonly error: TRPCError;
  readonly type: 'query' | 'mutation' | 'subscription' | 'unknown';
  readonly path: string | undefined;
  readonly input: unknown;
  readonly ctx: unknown;
  readonly req: KafkaRequest | undefined;
}

/** Reports failures. Nothing in here throws. */
export interface ErrorReporter {
  /** Tells the user's `onError`. */
  report(facts: ErrorFacts): void;
  /** The shape of an error as the caller gets it, through the user's formatters. */
  shapeOf(facts: Omit<ErrorFacts, 'req'>): TRPCErrorShape;
}

/** What a caller gets when its error cannot be formatted or encoded: nothing of what a formatter would have hidden. */
export const fallbackErrorShape: TRPCErrorShape = {
  code: TRPC_ERROR_CODES_BY_KEY.INTERNAL_SERVER_ERROR,
  message: 'Internal server error',
  data: { code: 'INTERNAL_SERVER_ERROR', httpStatus: 500 },
};

/** Options of {@link createErrorReporter}. */
export interface ErrorReporterOptions {
  readonly router: AnyTRPCRouter;
  readonly onError: ((facts: ErrorFacts) => unknown) | undefined;
  readonly logger: TransportLogger;
}

/** Makes a reporter. */
export function createErrorReporter({ router, onError, logger }: ErrorReporterOptions): ErrorReporter {
  const onErrorFailed = (error: unknown): void => logger.error({ err: error }, 'onError itself failed');

  function report(facts: ErrorFacts): void {
    try {
      const result = onError?.(facts);
      if (result instanceof Promise) result.catch(onErrorFailed);
    } catch (error) {
      onErrorFailed(error);
    }
  }

  return {
    report,
    shapeOf(facts) {
      try {
        // biome-ignore lint/suspicious/noExplicitAny: the config's types are those of a router known only at run time
        return getTRPCErrorShape<any>({ config: router._def._config, ...facts });
      } catch (cause) {
        const error = toTRPCError(cause);
        logger.error(
          { err: cause, path: facts.path },
          'errorFormatter failed; the caller gets a general error',
        );
        report({ ...facts, error, req: undefined });
        return fallbackErrorShape;
      }
    },
  };
}
