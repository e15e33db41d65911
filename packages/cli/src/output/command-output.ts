/** Where a command writes. */
export interface CommandOutput {
  /** What was asked for: standard output. */
  write(text: string): void;
  /** What people should know beside it: standard error. */
  note(text: string): void;
}
