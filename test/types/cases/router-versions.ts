/** A client that was written for one version of a router, compiled against the next: the column "a client compiled anew" of docs/sharing-router-types.md. */
import { createTRPCClient, TRPCClientError } from '@trpc/client';
import { initTRPC, type TRPCDataTransformer } from '@trpc/server';
import { createKafkaEmitter, type KafkaClient, kafkaLink } from '@trpc-kafka/link';
import { z } from 'zod';

declare const client: KafkaClient;
declare const transformer: TRPCDataTransformer;
const t = initTRPC.create();
const q = t.procedure;
const flight = z.object({ number: z.string() });
type Status = 'planned' | 'gone';
const status = (): Status => 'planned';
const links = [kafkaLink<never>({ client } as never)];

// a new procedure
const more = t.router({ at: q.query(() => 'noon'), gate: q.query(() => 'A1') });
void createTRPCClient<typeof more>({ links }).at.query();

// a new optional input
const optional = t.router({ at: q.input(flight.extend({ direct: z.boolean().optional() })).query(() => 1) });
void createTRPCClient<typeof optional>({ links }).at.query({ number: 'LH400' });

// a new required input
const required = t.router({ at: q.input(flight.extend({ day: z.string() })).query(() => 1) });
// @ts-expect-error does not compile
void createTRPCClient<typeof required>({ links }).at.query({ number: 'LH400' });

// an input that is gone
const less = t.router({ at: q.input(flight).query(() => 1) });
// @ts-expect-error does not compile
void createTRPCClient<typeof less>({ links }).at.query({ number: 'LH400', day: 'today' });
void createTRPCClient<typeof less>({ links }).at.query({ number: 'LH400' });

// stricter validation
const strict = t.router({ at: q.input(z.object({ number: z.string().length(6) })).query(() => 1) });
void createTRPCClient<typeof strict>({ links }).at.query({ number: 'LH400' });

// a new field in an output
const wider = t.router({ at: q.query(() => ({ departure: 'noon', gate: 'A1' })) });
export const departure: Promise<{ departure: string }> = createTRPCClient<typeof wider>({ links }).at.query();

// a field of an output renamed or gone
const renamed = t.router({ at: q.query(() => ({ departsAt: 'noon' })) });
// @ts-expect-error does not compile
export const former: Promise<{ departure: string }> = createTRPCClient<typeof renamed>({ links }).at.query();

// a field of an output of another type
const retyped = t.router({ at: q.query(() => ({ departure: 12 })) });
// @ts-expect-error does not compile
export const text: Promise<{ departure: string }> = createTRPCClient<typeof retyped>({ links }).at.query();

// one more value of an enum in an output
const grown = t.router({ at: q.query((): Status | 'delayed' => status()) });
// @ts-expect-error does not compile
export const known: Promise<Status> = createTRPCClient<typeof grown>({ links }).at.query();

// a procedure renamed or gone
// @ts-expect-error does not compile
void createTRPCClient<typeof more>({ links }).departure.query();

// a query that becomes a mutation
const mutated = t.router({ at: q.mutation(() => 'noon') });
// @ts-expect-error does not compile
void createTRPCClient<typeof mutated>({ links }).at.query();

// a transformer, or another one
const transformed = initTRPC.create({ transformer }).router({});
// @ts-expect-error does not compile
createTRPCClient<typeof transformed>({ links: [kafkaLink({ client })] });
// @ts-expect-error does not compile
createTRPCClient<typeof more>({ links: [kafkaLink({ client, transformer })] });

// a field of the error shape gone
export function ticketOf(error: unknown): unknown {
  // @ts-expect-error does not compile
  return error instanceof TRPCClientError && (error as TRPCClientError<typeof more>).data?.ticket;
}

// a one-way mutation renamed or gone
// @ts-expect-error does not compile
void createKafkaEmitter<typeof more>({ client }).audit();

// another name, prefix or topic of the service
export const elsewhere = createTRPCClient<typeof more>({ links: [kafkaLink({ client })] });
