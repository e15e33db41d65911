import { EventEmitter } from 'node:events';
import { initTRPC, TRPCError, tracked } from '@trpc/server';
import { z } from 'zod';

const t = initTRPC.context<{ user: string | undefined }>().create({
  errorFormatter: ({ shape, error }) => ({
    ...shape,
    data: { ...shape.data, ofUser: error.cause instanceof z.ZodError ? 'input' : 'none' },
  }),
});

/** Emits `audit` for what was done one way, `left` when a result was not read to its end. */
export const audits = new EventEmitter();

/** A router with one procedure of each kind. */
export const flightsRouter = t.router({
  whoami: t.procedure.query(({ ctx }) => ctx.user),
  byNumber: t.procedure.input(z.string()).query(({ input }) => {
    if (input === 'XX1') throw new TRPCError({ code: 'NOT_FOUND', message: `no flight ${input}` });
    return { number: input, from: 'FRA' };
  }),
  book: t.procedure
    .input(z.object({ seats: z.number().max(9) }))
    .mutation(({ input }) => `${input.seats} seats`),
  audit: t.procedure.input(z.string()).mutation(({ input }) => {
    audits.emit('audit', input);
  }),
  compare: t.procedure.input(z.string()).query(({ input }) => ({
    from: input,
    cheapest: Promise.resolve({ price: 498, carrier: Promise.resolve('LH') }),
    soldOut: Promise.reject(new TRPCError({ code: 'CONFLICT', message: 'sold out' })),
    offers: (async function* () {
      yield 512;
      yield 498;
      return 'all of them';
    })(),
  })),
  counted: t.procedure.query(async function* () {
    try {
      for (let n = 0; ; n++) yield n;
    } finally {
      audits.emit('left');
    }
  }),
  delays: t.procedure.input(z.object({ lastEventId: z.string().optional() })).subscription(async function* ({
    input,
  }) {
    const first = Number(input.lastEventId ?? 0) + 1;
    for (let event = first; event <= 3; event++) yield tracked(String(event), { minutes: event * 10 });
  }),
  ticks: t.procedure.subscription(async function* ({ signal }) {
    for (let tick = 0; !signal?.aborted; tick++) yield tick;
  }),
});

/** The router's type, which clients import. */
export type FlightsRouter = typeof flightsRouter;
