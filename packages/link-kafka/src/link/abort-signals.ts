/** Several signals as one. Not with `AbortSignal.any`: in Node 20 each use of it leaves something behind in signals that live long. */

/** True when one of them was aborted. */
export function isAnyAborted(signals: readonly AbortSignal[]): boolean {
  return signals.some((signal) => signal.aborted);
}

/** Calls back when one of them aborts; returns what ends that. */
export function onAnyAbort(signals: readonly AbortSignal[], callback: () => void): () => void {
  for (const signal of signals) signal.addEventListener('abort', callback, { once: true });
  return () => {
    for (const signal of signals) signal.removeEventListener('abort', callback);
  };
}
