/** One thing a user of the packages may rely on; the app runs all it is told to and reports each. */
export interface AppCase {
  readonly name: string;
  run(): Promise<void>;
}

/** What the app prints for a case, as one line of JSON. */
export interface CaseReport {
  readonly name: string;
  /** The error with its stack; absent when the case passed. */
  readonly failure?: string;
}
