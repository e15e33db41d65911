/** Calls of a ping-pong: a number and a text there, the same bytes back. */

/** Open calls of one client. */
export interface RawCalls {
  call(text: string): Promise<string>;
  /** Takes what came back. */
  settle(value: Buffer): void;
}

const numberBytes = 4;

/** Makes calls that are sent by `write`, which must not hold on to the order of writing. */
export function createRawCalls(write: (value: Buffer) => void): RawCalls {
  const open = new Map<number, (text: string) => void>();
  let last = 0;
  return {
    call: (text) =>
      new Promise((resolve) => {
        last = (last + 1) >>> 0;
        open.set(last, resolve);
        const value = Buffer.allocUnsafe(numberBytes + Buffer.byteLength(text));
        value.writeUInt32LE(last);
        value.write(text, numberBytes);
        write(value);
      }),
    settle(value) {
      const number = value.readUInt32LE();
      const resolve = open.get(number);
      open.delete(number);
      resolve?.(value.toString('utf8', numberBytes));
    },
  };
}
