/** Reads a stream of bytes line by line. */

/** The lines of a stream, without their line ends. Returning before the end cancels the stream, and waits until it is. */
export function readLines(stream: ReadableStream<Uint8Array>): AsyncIterator<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  const lines: string[] = [];
  /** What has come of a line whose end has not. */
  let begun = '';

  return {
    async next() {
      while (lines.length === 0) {
        const { done, value } = await reader.read();
        if (done) return { done: true, value: undefined };
        lines.push(...(begun + decoder.decode(value, { stream: true })).split('\n'));
        begun = lines.pop()!;
      }
      return { done: false, value: lines.shift()! };
    },
    async return() {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}
