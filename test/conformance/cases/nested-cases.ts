/** Calls that resolvers make: they take over the rest of the deadline, the cancellation and the trace of the call that is served. */
import { createTRPCClient, retryLink, TRPCClientError, type TRPCLink } from '@trpc/client';
import { initTRPC, TRPCError } from '@trpc/server';
import type { CreateKafkaContextOptions } from '@trpc-kafka/adapter';
import {
  createKafkaClient,
  createKafkaEmitter,
  type KafkaCallOptions,
  kafkaBatchLink,
  kafkaContext,
  kafkaLink,
} from '@trpc-kafka/link';
import { expect } from 'vitest';
import { z } from 'zod';
import { createEventLog, type EventLog } from '../../support/event-log.ts';
import type { CaseContext } from '../case-context.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { connectRouter, serveRouter } from '../own-router.ts';

const traced = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'vendor=1',
  baggage: 'tenant=acme',
};

/** More than a client grants at first, so that some are pulled when it grants more. */
const itemsOfFeed = 80;

interface Nested {
  readonly end: (name: string, options?: KafkaCallOptions) => Promise<Record<string, string>>;
  readonly emit: (name: string) => Promise<unknown>;
}

/** A front whose resolvers call the procedures behind, over Kafka, by way of one in the middle. */
function createRouter(log: EventLog, nested: () => Nested) {
  const t = initTRPC.context<CreateKafkaContextOptions>().create();
  let failures = 0;
  const named = t.procedure.input(z.string());
  return t.router({
    front: t.router({
      ask: named.query(({ input }) => nested().end(input)),
      askDetached: named.query(({ input }) => nested().end(input, { detached: true })),
      emit: named.mutation(async ({ input }) => void (await nested().emit(input))),
      feed: named.subscription(async function* ({ input }) {
        for (let n = 0; n < itemsOfFeed; n++) yield await nested().end(input);
      }),
      leave: named.mutation(({ input }) => {
        // What a resolver leaves behind has no deadline any more once its call is answered.
        setTimeout(
          () =>
            void nested()
              .end(input)
              .then(() => log.note('left behind')),
          100,
        );
      }),
    }),
    middle: named.query(({ input }) => nested().end(input.replace('deep ', ''))),
    end: named.query(async ({ input, ctx, signal }) => {
      log.note(`begun ${input}`);
      if (input === 'hang' || input === 'go on') {
        signal?.addEventListener('abort', () => log.note(`aborted ${input}`));
        if (input === 'go on') await log.until('go on');
        else await new Promise((resolve) => signal?.addEventListener('abort', resolve));
      }
      if (input === 'fail once' && failures++ === 0) throw new TRPCError({ code: 'CONFLICT' });
      log.note(`ended ${input}`);
      return { ...ctx.req.headers };
    }),
    note: named.mutation(({ input, ctx }) => {
      log.note(`${input} ${ctx.req.headers['traceparent']} ${ctx.req.headers['authorization']}`);
    }),
  });
}

type NestedRouter = ReturnType<typeof createRouter>;

async function startNested(context: CaseContext, links: readonly TRPCLink<NestedRouter>[] = []) {
  const log = createEventLog();
  // Lazy, so that its connection is opened inside of the first resolver.
  const kafkaClient = createKafkaClient({
    kafka: context.createSource(),
    service: context.service,
    app: `${context.service.name}-back`,
    timeoutMs: 60_000,
    lazy: { enabled: true, closeMs: 60_000 },
  });
  context.defer(() => kafkaClient.close());
  const link = context.linkName === 'kafkaBatchLink' ? kafkaBatchLink : kafkaLink;
  const back = createTRPCClient<NestedRouter>({
    links: [...links, link<NestedRouter>({ client: kafkaClient })],
  });
  const emitter = createKafkaEmitter<NestedRouter>({ client: kafkaClient });
  const errors: unknown[] = [];
  const nested: Nested = {
    end: async (name, options = {}) => {
      const deep = name.startsWith('deep ');
      const procedure = deep ? back.middle : back.end;
      try {
        return await procedure.query(name, { context: kafkaContext(options) });
      } catch (error) {
        errors.push(error);
        log.note('nested call failed');
        throw error;
      }
    },
    emit: (name) => emitter.note(name),
  };
  await serveRouter(context, {
    router: createRouter(log, () => nested),
    createContext: (given) => given,
    codecs: context.codecs,
  });
  const { client, kafkaClient: outer } = connectRouter<NestedRouter>(context, { timeoutMs: 60_000 });
  await outer.ready();
  return { client, log, errors };
}

const withTrace = { context: kafkaContext({ headers: { ...traced, authorization: 'secret' } }) };

export const nestedCases: readonly ConformanceCase[] = [
  {
    name: 'the trace goes through two hops, and no other header',
    async run(context) {
      const { client } = await startNested(context);
      expect(await client.front.ask.query('deep end', withTrace)).toEqual(traced);
      // What was opened in the resolver of that call belongs to nobody.
      expect(await client.front.ask.query('end')).toEqual({});
    },
  },
  {
    name: 'a subscription hands its trace on with every item',
    async run(context) {
      const { client } = await startNested(context);
      const items: unknown[] = [];
      await new Promise<void>((resolve, reject) => {
        client.front.feed.subscribe('end', {
          ...withTrace,
          onData: (item) => items.push(item),
          onComplete: resolve,
          onError: reject,
        });
      });
      expect(items).toEqual(Array.from({ length: itemsOfFeed }, () => traced));
    },
  },
  {
    name: 'a one-way call takes the trace along',
    async run(context) {
      const { client, log } = await startNested(context);
      await client.front.emit.mutate('sent', withTrace);
      await log.until(`sent ${traced.traceparent} undefined`);
    },
  },
  {
    name: 'a retry of retryLink takes over the same as its first attempt',
    async run(context) {
      const retry = retryLink<NestedRouter>({ retry: ({ attempts }) => attempts < 3 });
      const { client, log } = await startNested(context, [retry]);
      expect(await client.front.ask.query('fail once', withTrace)).toEqual(traced);
      expect(log.count('begun fail once')).toBe(2);
    },
  },
  {
    name: 'a caller that gives up cancels what is done for it two hops away',
    async run(context) {
      const { client, log, errors } = await startNested(context);
      const controller = new AbortController();
      const call = client.front.ask
        .query('deep hang', { signal: controller.signal })
        .catch((error: unknown) => (error as TRPCClientError<never>).cause?.name);
      await log.until('begun hang');
      controller.abort();
      await log.until('aborted hang');
      await log.until('nested call failed', 2);
      expect(await call).toBe('AbortError');
      for (const error of errors) expect((error as TRPCClientError<never>).cause?.name).toBe('AbortError');
    },
  },
  {
    name: 'a nested call has the rest of the deadline, not its own timeout',
    async run(context) {
      const { client, log } = await startNested(context);
      const call = client.front.ask
        .query('deep hang', { context: kafkaContext({ timeoutMs: 8000 }) })
        .catch((error: unknown) => error);
      // Its own would be a minute.
      await log.until('nested call failed', 2);
      await log.until('aborted hang');
      expect(await call).toBeInstanceOf(TRPCClientError);
    },
  },
  {
    name: 'a detached call goes on when the call it was made for is given up, and has its trace',
    async run(context) {
      const { client, log } = await startNested(context);
      const controller = new AbortController();
      const call = client.front.askDetached
        .query('go on', { ...withTrace, signal: controller.signal })
        .catch(() => 'given up');
      await log.until('begun go on');
      controller.abort();
      expect(await call).toBe('given up');
      log.note('go on');
      await log.until('ended go on');
      expect([log.count('aborted go on'), log.count('nested call failed')]).toEqual([0, 0]);
    },
  },
  {
    name: 'what a resolver leaves behind is made with no deadline but its own',
    async run(context) {
      const { client, log } = await startNested(context);
      await client.front.leave.mutate('end', { context: kafkaContext({ timeoutMs: 30_000 }) });
      await log.until('left behind');
    },
  },
];
