/** Inputs and outputs over the link: as the router has them, outputs without a transformer as JSON leaves them. */
import { createTRPCClient } from '@trpc/client';
import {
  type inferProcedureInput,
  type inferProcedureOutput,
  type inferRouterInputs,
  type inferRouterOutputs,
  initTRPC,
  lazy,
  type TRPCDataTransformer,
  tracked,
} from '@trpc/server';
import { type KafkaClient, kafkaLink } from '@trpc-kafka/link';
import { expectTypeOf } from 'expect-type';
import { z } from 'zod';

declare const client: KafkaClient;
declare const transformer: TRPCDataTransformer;

class Money {
  readonly cents: number;
  constructor(cents: number) {
    this.cents = cents;
  }
  plus(other: Money): Money {
    return new Money(this.cents + other.cents);
  }
}
const flight = z.object({
  number: z.string().brand<'FlightNumber'>(),
  departure: z.coerce.date(),
  gate: z.string().nullish(),
  seats: z.number().default(1),
});
const made = {
  departure: new Date(0),
  fares: new Map([['A', 1]]),
  legs: [1, 'a'] as [number, string],
  code: 'LH' as 'LH' | 'OS',
  nothing: undefined,
  gate: null,
  when: undefined as Date | undefined,
  price: new Money(1),
  log(): void {},
  toJSON: undefined,
};

const plain = initTRPC.create();
const plainRouter = plain.router({
  made: plain.procedure.query(() => made),
  book: plain.procedure.input(flight).mutation(({ input }) => input),
  optional: plain.procedure.input(z.string().optional()).query(({ input }) => input),
  nothing: plain.procedure.mutation(() => {}),
  checked: plain.procedure.output(z.object({ at: z.date() })).query(() => ({ at: new Date(0), secret: 1 })),
  dates: plain.procedure.subscription(async function* () {
    yield new Date(0);
  }),
  events: plain.procedure
    .input(z.object({ lastEventId: z.string().nullish() }))
    .subscription(async function* () {
      yield tracked('1', { at: new Date(0) });
    }),
  nested: { deep: { twice: plain.procedure.input(z.number()).query(({ input }) => input * 2) } },
  far: lazy(async () => ({ far: plain.router({ away: plain.procedure.query(() => new Date(0)) }) })),
});
type Plain = typeof plainRouter;

const superb = initTRPC.create({ transformer });
const superbRouter = superb.router({
  made: superb.procedure.query(() => made),
  dates: superb.procedure.subscription(async function* () {
    yield new Date(0);
  }),
});
type Superb = typeof superbRouter;

// The helpers of tRPC.
type Inputs = inferRouterInputs<Plain>;
type Outputs = inferRouterOutputs<Plain>;
expectTypeOf<Inputs['made']>().toEqualTypeOf<void>();
expectTypeOf<'LH400' | undefined>().toExtend<Inputs['optional']>();
expectTypeOf<Inputs['nested']['deep']['twice']>().toEqualTypeOf<number>();
expectTypeOf<Inputs['book']>().toEqualTypeOf<z.input<typeof flight>>();
expectTypeOf<inferProcedureInput<Plain['book']>>().toEqualTypeOf<z.input<typeof flight>>();
expectTypeOf<Inputs['book']['seats']>().toEqualTypeOf<number | undefined>();
expectTypeOf<Outputs['far']['away']>().toEqualTypeOf<string>();
expectTypeOf<Outputs['checked']>().toEqualTypeOf<{ at: string }>();
expectTypeOf<inferProcedureOutput<Plain['checked']>>().toEqualTypeOf<{ at: Date }>();
expectTypeOf<inferRouterOutputs<Superb>['made']>().toEqualTypeOf<typeof made>();

const plainClient = createTRPCClient<Plain>({ links: [kafkaLink({ client })] });
const superbClient = createTRPCClient<Superb>({ links: [kafkaLink({ client, transformer })] });

export async function outputs(): Promise<void> {
  const json = await plainClient.made.query();
  expectTypeOf(json).toEqualTypeOf<Outputs['made']>();
  expectTypeOf(json.departure).toEqualTypeOf<string>();
  expectTypeOf(json.fares).toEqualTypeOf<object>();
  expectTypeOf(json.legs).toEqualTypeOf<[number, string]>();
  expectTypeOf(json.code).toEqualTypeOf<'LH' | 'OS'>();
  expectTypeOf(json.gate).toEqualTypeOf<null>();
  expectTypeOf(json.when).toEqualTypeOf<string | undefined>();
  expectTypeOf(json.price).toEqualTypeOf<{ readonly cents: number }>();
  expectTypeOf(json).not.toHaveProperty('log');
  expectTypeOf(await superbClient.made.query()).toEqualTypeOf<typeof made>();

  const booked = await plainClient.book.mutate({ number: 'LH400', departure: '2026-12-24' });
  expectTypeOf(booked.departure).toEqualTypeOf<string>();
  expectTypeOf(booked.seats).toEqualTypeOf<number>();
  await plainClient.nothing.mutate();
  expectTypeOf(await plainClient.optional.query()).toEqualTypeOf<string | undefined>();
  expectTypeOf(await plainClient.nested.deep.twice.query(21)).toEqualTypeOf<number>();
  expectTypeOf(await plainClient.far.away.query()).toEqualTypeOf<string>();

  // @ts-expect-error a field is missing
  await plainClient.book.mutate({ number: 'LH400' });
  // @ts-expect-error the input is a number
  await plainClient.nested.deep.twice.query('21');
  // @ts-expect-error it is a mutation
  await plainClient.book.query({ number: 'LH400', departure: 0 });
  // @ts-expect-error there is no such procedure
  await plainClient.nested.thrice.query(1);
  // @ts-expect-error JSON has no dates
  (await plainClient.made.query()).departure.getTime();
}

export function subscriptions(): void {
  plainClient.dates.subscribe(undefined, {
    onStarted: ({ context }) => void context,
    onData: (date) => expectTypeOf(date).toEqualTypeOf<string>(),
    onError: (error) => expectTypeOf(error.message).toEqualTypeOf<string>(),
    onConnectionStateChange: ({ state }) =>
      expectTypeOf(state).toEqualTypeOf<'connecting' | 'pending' | 'idle'>(),
    onComplete: () => {},
  });
  superbClient.dates.subscribe(undefined, { onData: (date) => expectTypeOf(date).toEqualTypeOf<Date>() });
  const subscription = plainClient.events.subscribe(
    { lastEventId: '0' },
    { onData: (event) => expectTypeOf(event).toEqualTypeOf<{ id: string; data: { at: string } }>() },
  );
  subscription.unsubscribe();
  // @ts-expect-error a subscription is no query
  plainClient.dates.query();
  // @ts-expect-error the last event's id is a text
  plainClient.events.subscribe({ lastEventId: 0 }, {});
}
