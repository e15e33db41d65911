/** What the hooks are tried on: a router of its own for each test, which tells what it does. */
import { EventEmitter, on } from 'node:events';
import { initTRPC, TRPCError } from '@trpc/server';
import superjson from 'superjson';
import { createEventLog } from '../../support/event-log.ts';

/** A note that somebody has added. */
export interface Note {
  readonly text: string;
  readonly at: Date;
}

const t = initTRPC.create({
  transformer: superjson,
  errorFormatter: ({ shape }) => ({ ...shape, data: { ...shape.data, hint: 'ask at the gate' } }),
});
const text = t.procedure.input(String);

// What it serves is in its type, which tRPC infers.
// oxlint-disable-next-line typescript/explicit-function-return-type
export function createHookRouter() {
  const log = createEventLog();
  const feed = new EventEmitter();
  const notes: Note[] = [];

  const router = t.router({
    notes: t.router({
      list: t.procedure.query(() => [...notes]),
      byText: text.query(({ input }) => {
        const found = notes.find((note) => note.text === input);
        if (found === undefined) throw new TRPCError({ code: 'NOT_FOUND', message: `no note "${input}"` });
        return found;
      }),
      /** One after another, each when it was asked for. */
      oneByOne: t.procedure.query(async function* () {
        for (const word of ['one', 'two', 'three']) {
          yield word;
          log.note(`yielded ${word}`);
        }
      }),
      add: text.mutation(({ input }) => {
        if (input === '') throw new TRPCError({ code: 'BAD_REQUEST', message: 'nothing to note' });
        notes.push({ text: input, at: new Date(notes.length) });
        return notes.length;
      }),
      /** Runs until it is aborted. */
      search: text.query(async ({ signal }) => {
        log.note('search begun');
        await new Promise((resolve) => signal?.addEventListener('abort', resolve));
        log.note('search aborted');
      }),
    }),
    /** Goes on until it is stopped. */
    feed: text.subscription(async function* ({ input, signal }) {
      log.note(`begun ${input}`);
      try {
        for await (const [item] of on(feed, input, { signal: signal! })) yield item as string;
      } finally {
        log.note(`ended ${input}`);
      }
    }),
    refused: t.procedure.subscription(async function* () {
      yield 'first';
      throw new TRPCError({ code: 'FORBIDDEN', message: 'not for you' });
    }),
  });
  return { router, log, emit: (topic: string, item: string) => feed.emit(topic, item) };
}

export type HookRouter = ReturnType<typeof createHookRouter>['router'];
