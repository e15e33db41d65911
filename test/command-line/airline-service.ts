/** A service that commands are tried on: plain JSON, or superjson. */
import { initTRPC, TRPCError, tracked } from '@trpc/server';
import { applyKafkaHandler } from '@trpc-kafka/adapter';
import type { KafkaMeta } from '@trpc-kafka/core';
import { Kafka, logLevel } from 'kafkajs';
import superjson from 'superjson';
import { z } from 'zod';
import { createEventLog, type EventLog } from '../support/event-log.ts';
import { uniqueName } from '../support/unique-name.ts';

interface Caller {
  readonly tenant: string | undefined;
}

/** Everything that a command can ask of a service. */
function createRouter(log: EventLog) {
  const t = initTRPC.context<Caller>().meta<KafkaMeta>().create();
  return t.router({
    byNumber: t.procedure.input(z.string()).query(({ input, ctx }) => {
      if (input === 'XX0') throw new TRPCError({ code: 'NOT_FOUND', message: 'no flight XX0' });
      return { number: input, from: 'FRA', tenant: ctx.tenant };
    }),
    seats: t.procedure.meta({ kafka: { gather: true } }).query(async function* () {
      yield '1A';
      yield '1B';
    }),
    slow: t.procedure.query(async ({ signal }) => {
      log.note('slow began');
      await new Promise((resolve) => signal!.addEventListener('abort', resolve));
      log.note('slow aborted');
    }),
    bookings: t.router({
      create: t.procedure
        .input(z.object({ seats: z.int().positive() }))
        .mutation(({ input }) => ({ seats: input.seats })),
      audit: t.procedure.input(z.string()).mutation(({ input }) => log.note(`audited ${input}`)),
    }),
    countdown: t.procedure.input(z.int()).subscription(async function* ({ input }) {
      for (let left = input; left > 0; left--) yield tracked(String(left), { left });
    }),
    clock: t.procedure.subscription(async function* ({ signal }) {
      log.note('clock began');
      yield 0;
      await new Promise((resolve) => signal!.addEventListener('abort', resolve));
      log.note('clock aborted');
    }),
  });
}

function createSuperjsonRouter() {
  const t = initTRPC.create({ transformer: superjson });
  return t.router({
    later: t.procedure
      .input(z.object({ at: z.date() }))
      .query(({ input }) => ({ at: new Date(input.at.getTime() + 1000), gates: new Set(['A1']) })),
    fail: t.procedure.query(() => {
      throw new TRPCError({ code: 'FORBIDDEN', message: 'not for you' });
    }),
  });
}

export interface AirlineService extends AsyncDisposable {
  readonly name: string;
  readonly log: EventLog;
}

/** What may be chosen. */
export interface AirlineOptions {
  /** @default one that nobody else has */
  readonly name?: string;
  /** @default none */
  readonly transformer?: 'superjson';
}

/** Starts a service, or another instance of one. */
export async function startAirline(
  brokers: readonly string[],
  { name = uniqueName('airline'), transformer }: AirlineOptions = {},
): Promise<AirlineService> {
  const log = createEventLog();
  const settings = { kafka: createKafka(brokers), service: name };
  const handler =
    transformer === 'superjson'
      ? applyKafkaHandler({ ...settings, router: createSuperjsonRouter() })
      : applyKafkaHandler({
          ...settings,
          router: createRouter(log),
          createContext: ({ req }): Caller => ({ tenant: req.headers['tenant'] }),
        });
  await handler.ready();
  return { name, log, [Symbol.asyncDispose]: () => handler.close({ graceMs: 0 }) };
}

function createKafka(brokers: readonly string[]): Kafka {
  return new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
}
