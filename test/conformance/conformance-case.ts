/** A case of the suite: data, so that it runs on every broker and, one day, over every driver. */
import type { CaseContext } from './case-context.ts';

export interface ConformanceCase {
  readonly name: string;
  readonly run: (context: CaseContext) => Promise<void>;
}
