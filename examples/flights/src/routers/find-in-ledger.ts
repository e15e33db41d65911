import { TRPCError } from '@trpc/server';
import type { FlightsContext } from '../flights-context.js';
import type { EntryOf, LedgerKind } from '../store/ledger.js';

/** How long a procedure waits for something that another instance has yet to do. */
const waitMs = 5_000;

export interface LedgerQuestion<Kind extends LedgerKind> {
  readonly ctx: FlightsContext;
  readonly kind: Kind;
  readonly id: string;
  readonly signal: AbortSignal | undefined;
}

/** Waits for an entry of the ledger, but not longer than its caller does. */
export async function findInLedger<Kind extends LedgerKind>(
  question: LedgerQuestion<Kind>,
): Promise<EntryOf<Kind>> {
  const timeout = AbortSignal.timeout(waitMs);
  const signal = question.signal ? AbortSignal.any([question.signal, timeout]) : timeout;
  try {
    return await question.ctx.ledger.find(question.kind, question.id, signal);
  } catch (cause) {
    if (!timeout.aborted) throw cause;
    const message = `No "${question.kind}" entry with the id ${question.id} within ${waitMs} ms`;
    throw new TRPCError({ code: 'TIMEOUT', message, cause });
  }
}
