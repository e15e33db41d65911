import { TRPCClientError } from '@trpc/client';
import type { AppRouter } from '../router.js';

/** The error a call must end with; the walk stops with a sentence when it does not. */
export async function expectError(
  call: Promise<unknown>,
  code: NonNullable<TRPCClientError<AppRouter>['data']>['code'],
): Promise<TRPCClientError<AppRouter>> {
  try {
    await call;
  } catch (error) {
    if (isFlightsError(error) && error.data?.code === code) return error;
    throw error;
  }
  throw new Error(`The call was answered although it must end with ${code}`);
}

const isFlightsError = (error: unknown): error is TRPCClientError<AppRouter> =>
  error instanceof TRPCClientError;
