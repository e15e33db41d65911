/** Where a command writes, and how it hears that nobody wants more. */
export interface CommandOutput {
  /** What was asked for: standard output. `onWritten` is called when whoever reads it has taken it. */
  write(text: string, onWritten?: () => void): void;
  /** What people should know beside it: standard error. */
  note(text: string): void;
  /** What is being done, for somebody who watches a terminal; the next text takes its place. Written nowhere else. */
  progress(text: string): void;
  /** Aborts when Ctrl-C is pressed, the process is told to end, or nobody reads the output any more. */
  readonly stopped: AbortSignal;
}
