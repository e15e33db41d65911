/** Gatherers: the queries of a router, each with many answers. */
import type { TRPCClientError } from '@trpc/client';
import { initTRPC, lazy, type TRPCDataTransformer } from '@trpc/server';
import {
  createKafkaGatherer,
  type DiscoveredServer,
  discover,
  type GatherAnswer,
  type GatherEnd,
  type Gathering,
  type GatherQuery,
  type KafkaClient,
  type KafkaGatherer,
  type KafkaGatherOptions,
} from '@trpc-kafka/link';
import { expectTypeOf } from 'expect-type';
import { z } from 'zod';

declare const client: KafkaClient;
declare const transformer: TRPCDataTransformer;
const t = initTRPC.create();
const router = t.router({
  change: t.procedure.mutation(() => 1),
  watch: t.procedure.subscription(async function* () {
    yield 1;
  }),
  count: t.procedure.query(() => 1),
  nodes: {
    status: t.procedure
      .input(z.object({ id: z.string(), at: z.coerce.date() }))
      .query(({ input }) => ({ id: input.id, at: input.at })),
    maybe: t.procedure.input(z.number().optional()).query(() => 'x'),
    set: t.procedure.mutation(() => 1),
  },
  far: lazy(async () => ({ far: t.router({ name: t.procedure.input(z.string()).query(() => 'n') }) })),
});
type Plain = typeof router;
const s = initTRPC.create({ transformer });
const superbRouter = s.router({ at: s.procedure.input(z.date()).query(({ input }) => input) });
type Superb = typeof superbRouter;

const gatherer = createKafkaGatherer<Plain>({ clients: client, headers: { source: 'checkout' } });
expectTypeOf(gatherer).toEqualTypeOf<KafkaGatherer<Plain>>();

// Only queries are there.
expectTypeOf<keyof typeof gatherer>().toEqualTypeOf<'count' | 'nodes' | 'far'>();
expectTypeOf<keyof typeof gatherer.nodes>().toEqualTypeOf<'status' | 'maybe'>();
expectTypeOf(gatherer.nodes.status).toEqualTypeOf<GatherQuery<Plain, Plain['nodes']['status']>>();
// @ts-expect-error a mutation is not to be done by everyone
void gatherer.change();
// @ts-expect-error a subscription has no one answer
void gatherer.watch();
// @ts-expect-error there is no such procedure
void gatherer.nodes.restart();

export async function inputsAndAnswers(): Promise<void> {
  const gathering = gatherer.nodes.status({ id: 'a', at: 'today' });
  // As of a query of this router: without a transformer, dates are texts.
  type Answer = GatherAnswer<{ id: string; at: string }, TRPCClientError<Plain>>;
  expectTypeOf(gathering).toEqualTypeOf<Gathering<Answer>>();
  expectTypeOf(await gathering.all()).toEqualTypeOf<Answer[]>();
  expectTypeOf(await gathering.ended).toEqualTypeOf<GatherEnd>();
  for await (const answer of gathering) {
    expectTypeOf(answer.server).toEqualTypeOf<string>();
    if (answer.ok) expectTypeOf(answer.data).toEqualTypeOf<{ id: string; at: string }>();
    else expectTypeOf(answer.error).toEqualTypeOf<TRPCClientError<Plain>>();
    // @ts-expect-error it may have failed there
    void answer.data;
  }
  gatherer.count();
  gatherer.nodes.maybe();
  gatherer.nodes.maybe(3, { maxAnswers: 1 });
  gatherer.far.name('a');
  // @ts-expect-error the input is missing
  gatherer.nodes.status();
  // @ts-expect-error a field is missing
  gatherer.nodes.status({ id: 'a' });
  // @ts-expect-error the input is a number
  gatherer.nodes.maybe('3');
  // @ts-expect-error a lazy router has types as well
  gatherer.far.name(1);
}

// Options of one call.
const options: KafkaGatherOptions<GatherAnswer<number, TRPCClientError<Plain>>> = {
  maxAnswers: 3,
  stallMs: 100,
  timeoutMs: 1000,
  until: (answer) => answer.ok && answer.data > 3,
  signal: new AbortController().signal,
  detached: true,
  headers: { a: 'b' },
};
void gatherer.count(undefined, options);
void gatherer.count(undefined, { until: (answer) => answer.ok && answer.data === 1 });
// @ts-expect-error the data is a number
void gatherer.count(undefined, { until: (answer) => answer.ok && answer.data === 'one' });
// @ts-expect-error there is no such option
void gatherer.count(undefined, { stall: 100 });
// @ts-expect-error every instance is asked, whatever the key
void gatherer.count(undefined, { key: 'k' });

// The transformer, as on the link, and its types.
export const superb = createKafkaGatherer<Superb>({ clients: [client, client], transformer });
expectTypeOf(superb.at(new Date()).all()).resolves.toEqualTypeOf<
  GatherAnswer<Date, TRPCClientError<Superb>>[]
>();
// @ts-expect-error the router has a transformer
createKafkaGatherer<Superb>({ clients: client });
// @ts-expect-error the router has none
createKafkaGatherer<Plain>({ clients: client, transformer });
// @ts-expect-error no gatherer without a client
createKafkaGatherer<Plain>({});

// Discovery.
expectTypeOf(discover(client)).toEqualTypeOf<Gathering<DiscoveredServer>>();
void discover([client], { procedures: true, stallMs: 100, until: ({ state }) => state === 'ready' });
// @ts-expect-error there is no such option
void discover(client, { headers: {} });
