/** What was thrown where nobody could catch it, while something ran. */

/** Runs it and resolves with the uncaught exceptions and rejections, which then fail no test. */
export async function collectUncaught(run: () => Promise<void>): Promise<unknown[]> {
  const uncaught: unknown[] = [];
  const note = (error: unknown): void => void uncaught.push(error);
  const kinds = ['uncaughtException', 'unhandledRejection'] as const;
  const before = kinds.map((kind) => [kind, process.listeners(kind as 'uncaughtException')] as const);
  for (const kind of kinds) {
    process.removeAllListeners(kind);
    process.on(kind, note);
  }
  try {
    await run();
    // What is thrown again in a microtask, or rejected, is reported before the next turn.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    for (const [kind, listeners] of before) {
      process.removeAllListeners(kind);
      for (const listener of listeners) process.on(kind, listener);
    }
  }
  return uncaught;
}
