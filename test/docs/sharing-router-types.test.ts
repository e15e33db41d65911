/** What docs/sharing-router-types.md says of versions that differ is what happens: a test for each row of its table. */
import { createTRPCUntypedClient, TRPCClientError } from '@trpc/client';
import { type AnyTRPCRouter, initTRPC } from '@trpc/server';
import { applyKafkaHandler } from '@trpc-kafka/adapter';
import { isKafkaTransportError } from '@trpc-kafka/core';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { createKafkaClient, createKafkaEmitter, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import superjson from 'superjson';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { readDocument, tableRows } from './documents.ts';

const t = initTRPC.create();
const s = initTRPC.create({ transformer: superjson });
const q = t.procedure;
const flight = z.object({ number: z.string() });
const flightOrDirect = z.object({ number: z.string(), direct: z.boolean().optional() });
const flightAndDay = z.object({ number: z.string(), day: z.string() });

/** How one side calls, and what comes of it. */
interface Meeting {
  readonly kind?: 'query' | 'mutation' | 'one-way';
  readonly path?: string;
  readonly input?: unknown;
  readonly transformed?: boolean;
  /** The server is reached under another name. */
  readonly service?: string;
  readonly outcome: unknown;
}

interface Change {
  readonly before: AnyTRPCRouter;
  readonly after: AnyTRPCRouter;
  readonly oldClient: readonly Meeting[];
  readonly newClient: readonly Meeting[];
}

const given = { input: { number: 'LH400' } };
const withDay = { input: { number: 'LH400', day: 'today' } };
const departs = t.router({ at: q.query(() => ({ departure: 'noon' })) });
/** One procedure that drops what it does not know, and one that refuses it. */
const asks = (schema: z.ZodObject): AnyTRPCRouter =>
  t.router({
    at: q.input(schema).query(({ input }) => input),
    strict: q.input(schema.strict()).query(({ input }) => input),
  });
const failing = initTRPC.create({
  errorFormatter: ({ shape }) => ({ ...shape, data: { ...shape.data, ticket: 'T1' } }),
});
const fail = (): never => {
  throw new Error('on purpose');
};

const changes: Readonly<Record<string, Change>> = {
  'a new procedure': {
    before: departs,
    after: t.router({ at: departs.at, gate: q.query(() => 'A1') }),
    oldClient: [{ outcome: { departure: 'noon' } }],
    newClient: [{ path: 'gate', outcome: 'NOT_FOUND' }],
  },
  'a new optional input': {
    before: asks(flight),
    after: asks(flightOrDirect),
    oldClient: [{ ...given, outcome: { number: 'LH400' } }],
    newClient: [
      { input: { number: 'LH400', direct: true }, outcome: { number: 'LH400' } },
      { path: 'strict', input: { number: 'LH400', direct: true }, outcome: 'BAD_REQUEST' },
    ],
  },
  'a new required input': {
    before: asks(flight),
    after: asks(flightAndDay),
    oldClient: [{ ...given, outcome: 'BAD_REQUEST' }],
    newClient: [
      { ...withDay, outcome: { number: 'LH400' } },
      { path: 'strict', ...withDay, outcome: 'BAD_REQUEST' },
    ],
  },
  'an input that is gone': {
    before: asks(flightAndDay),
    after: asks(flight),
    oldClient: [
      { ...withDay, outcome: { number: 'LH400' } },
      { path: 'strict', ...withDay, outcome: 'BAD_REQUEST' },
    ],
    newClient: [{ ...given, outcome: 'BAD_REQUEST' }],
  },
  'stricter validation': {
    before: asks(flight),
    after: asks(z.object({ number: z.string().length(6) })),
    oldClient: [{ ...given, outcome: 'BAD_REQUEST' }],
    newClient: [{ input: { number: 'LH0400' }, outcome: { number: 'LH0400' } }],
  },
  'a new field in an output': {
    before: departs,
    after: t.router({ at: q.query(() => ({ departure: 'noon', gate: 'A1' })) }),
    oldClient: [{ outcome: { departure: 'noon', gate: 'A1' } }],
    newClient: [{ outcome: { departure: 'noon' } }],
  },
  'a field of an output renamed or gone': {
    before: departs,
    after: t.router({ at: q.query(() => ({ departsAt: 'noon' })) }),
    oldClient: [{ outcome: { departsAt: 'noon' } }],
    newClient: [{ outcome: { departure: 'noon' } }],
  },
  'a field of an output of another type': {
    before: departs,
    after: t.router({ at: q.query(() => ({ departure: 12 })) }),
    oldClient: [{ outcome: { departure: 12 } }],
    newClient: [{ outcome: { departure: 'noon' } }],
  },
  'one more value of an enum in an output': {
    before: t.router({ at: q.query((): 'planned' | 'gone' => 'planned') }),
    after: t.router({ at: q.query((): 'planned' | 'gone' | 'delayed' => 'delayed') }),
    oldClient: [{ outcome: 'delayed' }],
    newClient: [{ outcome: 'planned' }],
  },
  'a procedure renamed or gone': {
    before: departs,
    after: t.router({ departure: departs.at }),
    oldClient: [{ outcome: 'NOT_FOUND' }],
    newClient: [{ path: 'departure', outcome: 'NOT_FOUND' }],
  },
  'a query that becomes a mutation': {
    before: departs,
    after: t.router({ at: q.mutation(() => 'noon') }),
    oldClient: [{ outcome: 'NOT_FOUND' }],
    newClient: [{ kind: 'mutation', outcome: 'NOT_FOUND' }],
  },
  'a transformer, or another one': {
    before: t.router({ ask: q.input(flight).query(({ input }) => input), at: departs.at }),
    after: s.router({ ask: s.procedure.input(flight).query(({ input }) => input) }),
    oldClient: [{ path: 'ask', ...given, outcome: 'Unable to transform response from server' }],
    newClient: [
      { path: 'ask', ...given, transformed: true, outcome: 'Unable to transform response from server' },
      // It succeeds, and the data are gone.
      { transformed: true, outcome: undefined },
    ],
  },
  'a field of the error shape gone': {
    before: failing.router({ at: failing.procedure.query(fail) }),
    after: t.router({ at: q.query(fail) }),
    oldClient: [{ outcome: 'INTERNAL_SERVER_ERROR' }],
    newClient: [{ outcome: 'INTERNAL_SERVER_ERROR with ticket T1' }],
  },
  'a one-way mutation renamed or gone': {
    before: t.router({ audit: q.mutation(() => {}) }),
    after: t.router({ note: q.mutation(() => {}) }),
    oldClient: [{ kind: 'one-way', path: 'audit', outcome: 'NOT_FOUND' }],
    newClient: [{ kind: 'one-way', path: 'note', outcome: 'NOT_FOUND' }],
  },
  'another name, prefix or topic of the service': {
    before: departs,
    after: departs,
    oldClient: [{ service: 'former', outcome: 'TIMEOUT' }],
    newClient: [{ service: 'future', outcome: 'TIMEOUT' }],
  },
};

let broker: Awaited<ReturnType<typeof createDevBroker>>;
let services = 0;
beforeAll(async () => {
  broker = await createDevBroker();
});
afterAll(() => broker.close());

/** What comes of a call: its result, or the code of its error. */
async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof TRPCClientError)) throw error;
    if (isKafkaTransportError(error.cause)) return error.cause.code;
    if (error.data === undefined) return error.message;
    const { code, ticket } = error.data as { code: string; ticket?: string };
    return ticket === undefined ? code : `${code} with ticket ${ticket}`;
  }
}

/** Lets a client of one version call a server of another. */
async function meet(router: AnyTRPCRouter, meetings: readonly Meeting[]): Promise<void> {
  const name = `versions-${++services}`;
  const kafka = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING });
  const handler = applyKafkaHandler({ kafka, service: name, router });
  await handler.ready();
  const deadLetter = new Promise<unknown>((resolve) => {
    handler.on((event) => event.type === 'dead-lettered' && resolve((event.error as { code?: string }).code));
  });
  for (const meeting of meetings) {
    const { kind = 'query', path = 'at', input, transformed, service = name } = meeting;
    const timeoutMs = service === name ? 20_000 : 200;
    const client = createKafkaClient({
      kafka,
      service: service === name ? name : `${name}-${service}`,
      timeoutMs,
    });
    const options = { client, ...(transformed ? { transformer: superjson } : {}) } as {
      client: typeof client;
    };
    try {
      if (kind === 'one-way') {
        const emitter = createKafkaEmitter<AnyTRPCRouter>(options) as Record<
          string,
          (input: unknown) => Promise<unknown>
        >;
        await emitter[path]!(input);
        expect(await deadLetter).toBe(meeting.outcome);
        continue;
      }
      const caller = createTRPCUntypedClient<AnyTRPCRouter>({ links: [kafkaLink<AnyTRPCRouter>(options)] });
      expect(await outcomeOf(caller[kind](path, input))).toEqual(meeting.outcome);
    } finally {
      await client.close();
    }
  }
  await handler.close({ graceMs: 0 });
}

test.each(Object.entries(changes))('%s', async (_name, { before, after, oldClient, newClient }) => {
  await meet(after, oldClient);
  await meet(before, newClient);
});

test('every row of the table is tried, here and by the compiler', async () => {
  const rows = tableRows(await readDocument('docs/sharing-router-types.md'), '| change in the service |');
  expect(rows.map(([change]) => change)).toEqual(Object.keys(changes));
  const compiled = (await readDocument('test/types/cases/router-versions.ts')).split(/^\/\/ (?!@)/m).slice(1);
  const outcomes = compiled.map((part) => [
    part.split('\n')[0],
    part.includes('does not compile') ? 'does not' : 'compiles',
  ]);
  expect(rows.map(([change, compiles]) => [change, compiles!.split(',')[0]])).toEqual(outcomes);
});
