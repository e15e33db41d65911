/** The output of a process: its two streams, and the signals by which it is told to end. */
import type { CommandOutput } from './command-output.js';

/** A stream of the process. */
export type OutputStream = Pick<NodeJS.WriteStream, 'write'> & { readonly isTTY?: boolean };

/** What it writes to. */
export interface OutputStreams {
  readonly out: OutputStream;
  readonly errors: OutputStream;
  readonly stopped: AbortSignal;
}

const clearLine = '\r\u001b[2K';

/** Makes an output. Progress is shown where standard error is a terminal, on one line, which goes before anything else is written. */
export function createProcessOutput({ out, errors, stopped }: OutputStreams): CommandOutput {
  let shown = false;
  const clear = (): void => {
    if (shown) errors.write(clearLine);
    shown = false;
  };
  return {
    stopped,
    write(text, onWritten) {
      clear();
      out.write(text, () => onWritten?.());
    },
    note(text) {
      clear();
      errors.write(text);
    },
    progress(text) {
      if (errors.isTTY !== true) return;
      errors.write(`${clearLine}${text === '' ? '' : `${text} …`}`);
      shown = text !== '';
    },
  };
}
