/** Where a call stands in its lanes. Kept with the call, and of use to nobody but its lanes. */
export interface LaneTicket {
  /** The key it has, where calls of one key follow each other. */
  readonly key: string | undefined;
  /** It waits for none of its key. */
  isFirstOfKey: boolean;
  /** Its procedure, where that limits how many of its calls run. */
  readonly procedure: string | undefined;
  /** It runs, and counts among those of its procedure. */
  isRunning: boolean;
}
