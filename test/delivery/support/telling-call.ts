/** Calls that are repeated until they succeed, and must say meanwhile what is wrong. */
import { isKafkaTransportError } from '@trpc-kafka/core';

/**
 * Makes a call until it succeeds; answers the codes of those that failed.
 * @throws what a call failed with that is none of the codes
 */
export async function untilDone(
  call: () => Promise<unknown>,
  clear: readonly string[],
): Promise<readonly string[]> {
  const codes: string[] = [];
  for (;;) {
    const error = await call().then(
      () => undefined,
      (failed: Error) => failed.cause ?? failed,
    );
    if (error === undefined) return codes;
    if (!isKafkaTransportError(error) || !clear.includes(error.code)) throw error;
    codes.push(error.code);
  }
}
