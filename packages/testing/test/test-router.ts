/** A router with a context and no transformer, for what a pair does. */
import { initTRPC, TRPCError } from '@trpc/server';
import type { KafkaRequest } from '@trpc-kafka/adapter';

interface TestContext {
  readonly headers: KafkaRequest['headers'];
}

const t = initTRPC.context<TestContext>().create();
const isText = (value: unknown): string => String(value);

/** What one test's router tells that test. */
export interface RouterLog {
  readonly notes: (note: string) => void;
  /** Called when `hang` or `deaf` runs, with what lets it end. */
  readonly hanging: (release: () => void) => void;
}

export const quiet: RouterLog = { notes: () => {}, hanging: () => {} };

/** Each router reports to its own test. */
export const createTestRouter = (log: RouterLog = quiet) =>
  t.router({
    header: t.procedure.input(isText).query(({ ctx, input }) => ctx.headers[input] ?? 'none'),
    note: t.procedure.input(isText).mutation(({ input, ctx }) => {
      log.notes(`${input} ${ctx.headers['tenant'] ?? ''}`.trim());
      return 'noted';
    }),
    count: t.procedure.subscription(async function* () {
      yield* [1, 2, 3];
    }),
    fail: t.procedure.query(() => {
      throw new TRPCError({ code: 'CONFLICT', message: 'taken' });
    }),
    hang: t.procedure.mutation(async ({ signal }) => {
      await new Promise<void>((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error));
        log.hanging(resolve);
      });
      return 'finished';
    }),
    deaf: t.procedure.mutation(async () => {
      await new Promise<void>((resolve) => log.hanging(resolve));
    }),
  });

/** Hands the record's headers to procedures. */
export const createContext = ({ req }: { req: KafkaRequest }): TestContext => ({ headers: req.headers });
