/** Tells what users promise from what they have made at once. Whatever can be awaited counts: of another realm or library, too. */
export function isThenable<TValue>(value: TValue | PromiseLike<TValue>): value is PromiseLike<TValue> {
  return typeof (value as PromiseLike<TValue> | null | undefined)?.then === 'function';
}
