/** Questions to every server instance: who answers, when there are enough answers, and what becomes of the rest. */
import { initTRPC, TRPCError } from '@trpc/server';
import type { CreateKafkaContextOptions } from '@trpc-kafka/adapter';
import { defineKafkaService, type KafkaMeta, type KafkaService } from '@trpc-kafka/core';
import {
  createKafkaGatherer,
  discover,
  type GatherAnswer,
  type KafkaClient,
  type KafkaGatherer,
  kafkaContext,
} from '@trpc-kafka/link';
import superjson from 'superjson';
import { expect } from 'vitest';
import type { EventLog } from '../../support/event-log.ts';
import type { CaseContext } from '../case-context.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { connectRouter, type RouterServeOptions, serveRouter } from '../own-router.ts';

interface NodeContext extends CreateKafkaContextOptions {
  readonly node: string;
  readonly log: EventLog;
}

const t = initTRPC.context<NodeContext>().meta<KafkaMeta>().create({ transformer: superjson });
const gathered = t.procedure.meta({ kafka: { gather: true } });

const nodesRouter = t.router({
  nodes: t.router({
    status: gathered
      .input((input: unknown) => input)
      .query(({ input, ctx: { node } }) => ({ node, input, at: new Date(0) })),
    failAt: gathered
      .input((input: unknown) => input as string)
      .query(({ input, ctx: { node } }) => {
        if (node === input) throw new TRPCError({ code: 'CONFLICT', message: `not at ${node}` });
        return node;
      }),
    /** Answers when the case has noted `<input> <node>`; says when it is aborted. */
    waitFor: gathered
      .input((input: unknown) => input as string)
      .query(async ({ input, ctx: { node, log }, signal }) => {
        signal!.addEventListener('abort', () => log.note(`aborted at ${node}`));
        log.note(`begun at ${node}`);
        await log.until(`${input} ${node}`);
        return node;
      }),
    header: gathered.query(({ ctx: { req } }) => req.headers['who'] ?? 'nobody'),
    streamed: gathered.query(async function* () {
      yield 1;
    }),
    closed: t.procedure.query(() => 'not for everyone'),
  }),
  change: t.procedure.mutation(({ ctx: { node, log } }) => log.note(`changed at ${node}`)),
});
type NodesRouter = typeof nodesRouter;

interface Setting {
  readonly gatherer: KafkaGatherer<NodesRouter>;
  readonly kafkaClient: KafkaClient;
}

function serveNode(
  context: CaseContext,
  node: string,
  options: Partial<RouterServeOptions<NodesRouter>> = {},
): ReturnType<typeof serveRouter<NodesRouter>> {
  const { log, codecs } = context;
  const createContext = async (given: CreateKafkaContextOptions): Promise<NodeContext> => ({
    ...given,
    node,
    log,
  });
  const given = { router: nodesRouter, createContext, codecs, ...options };
  return serveRouter<NodesRouter>(context, given as RouterServeOptions<NodesRouter>);
}

function ask(context: CaseContext): Setting {
  const [codec] = context.codecs;
  const { kafkaClient } = connectRouter<NodesRouter>(context, codec === undefined ? {} : { codec });
  return { kafkaClient, gatherer: createKafkaGatherer({ clients: kafkaClient, transformer: superjson }) };
}

async function start(context: CaseContext, nodes: readonly string[] = ['a', 'b', 'c']): Promise<Setting> {
  await Promise.all(nodes.map((node) => serveNode(context, node)));
  const setting = ask(context);
  await setting.kafkaClient.ready();
  return setting;
}

/** Ends when all have answered, and long before that only when something is wrong. */
const all = (maxAnswers = 3) => ({ maxAnswers, timeoutMs: 60_000 });

const told = (answers: readonly GatherAnswer<unknown>[]): string[] =>
  answers
    .map((answer) =>
      answer.ok ? String(answer.data) : `${answer.error.data?.code}: ${answer.error.message}`,
    )
    .sort();

export const gatherCases: readonly ConformanceCase[] = [
  {
    name: 'every instance answers once, for itself, in the types of the router',
    async run(context) {
      const { gatherer, kafkaClient } = await start(context);
      const answers = await gatherer.nodes.status({ n: 1 }, all()).all();
      const byNode = answers.map((answer) => (answer.ok ? answer.data : answer.error));
      expect(byNode.sort((x, y) => JSON.stringify(x).localeCompare(JSON.stringify(y)))).toEqual(
        ['a', 'b', 'c'].map((node) => ({ node, input: { n: 1 }, at: new Date(0) })),
      );
      expect(new Set(answers.map(({ server }) => server)).size).toBe(3);
      expect(answers.map(({ service }) => service)).toEqual(Array(3).fill(context.service.name));
      expect(kafkaClient.counters()).toMatchObject({ gathers: 1, calls: 0 });
    },
  },
  {
    name: 'a failure at one instance is its answer, the others have theirs',
    async run(context) {
      const { gatherer } = await start(context);
      expect(told(await gatherer.nodes.failAt('b', all()).all())).toEqual(['CONFLICT: not at b', 'a', 'c']);
    },
  },
  {
    name: 'what was not meant to be gathered is refused by every instance, and not run',
    async run(context) {
      const { gatherer } = await start(context, ['a', 'b']);
      const untyped = gatherer as unknown as Record<string, KafkaGatherer<NodesRouter>['nodes']['status']>;
      const refusals = [
        await gatherer.nodes.closed(undefined, all(2)).all(),
        await untyped['change']!(undefined, all(2)).all(),
        await untyped['missing']!(undefined, all(2)).all(),
        await gatherer.nodes.streamed(undefined, all(2)).all(),
      ];
      const codes = refusals.map((answers) => answers.map((answer) => !answer.ok && answer.error.data?.code));
      expect(codes).toEqual([
        ['METHOD_NOT_SUPPORTED', 'METHOD_NOT_SUPPORTED'],
        ['NOT_FOUND', 'NOT_FOUND'],
        ['NOT_FOUND', 'NOT_FOUND'],
        ['UNSUPPORTED_MEDIA_TYPE', 'UNSUPPORTED_MEDIA_TYPE'],
      ]);
      expect(told(refusals[0]!)[0]).toMatch(/nodes.closed cannot be gathered: meta.kafka.gather/);
      expect(context.log.count('changed at a')).toBe(0);
    },
  },
  {
    name: 'answers come as they are there; leaving the loop ends it, and the others are told',
    async run(context) {
      const { gatherer, kafkaClient } = await start(context);
      const { log } = context;
      const gathering = gatherer.nodes.waitFor('go', { timeoutMs: 60_000 });
      for (const node of ['a', 'b', 'c']) await log.until(`begun at ${node}`);
      log.note('go b');
      for await (const answer of gathering) {
        expect(answer).toMatchObject({ ok: true, data: 'b' });
        break;
      }
      await Promise.all([log.until('aborted at a'), log.until('aborted at c')]);
      expect(await gathering.ended).toEqual({ reason: 'left', answers: 1, failures: [] });
      expect(kafkaClient.counters().cancels).toBe(1);
    },
  },
  {
    name: 'it ends for its count, its end mark, its stall, its time, its signal, and says for which',
    async run(context) {
      const { gatherer } = await start(context, ['a', 'b']);
      const { log } = context;
      const reasonOf = async (gathering: ReturnType<typeof gatherer.nodes.waitFor>) => {
        await gathering.all();
        const { reason, answers } = await gathering.ended;
        return `${reason} ${answers}`;
      };
      log.note('first a');
      expect(await reasonOf(gatherer.nodes.waitFor('first', { timeoutMs: 60_000, maxAnswers: 1 }))).toBe(
        'count 1',
      );
      const until = (answer: GatherAnswer<string>): boolean => answer.ok && answer.data === 'a';
      expect(await reasonOf(gatherer.nodes.waitFor('first', { timeoutMs: 60_000, until }))).toBe('until 1');
      expect(await reasonOf(gatherer.nodes.waitFor('first', { timeoutMs: 60_000, stallMs: 50 }))).toBe(
        'stall 1',
      );
      expect(await reasonOf(gatherer.nodes.waitFor('nobody', { timeoutMs: 1500 }))).toBe('timeout 0');
      const aborted = new AbortController();
      const hanging = gatherer.nodes.waitFor('nobody', { timeoutMs: 60_000, signal: aborted.signal });
      aborted.abort();
      expect(await reasonOf(hanging)).toBe('signal 0');
    },
  },
  {
    name: 'the deadline aborts what still runs, and nothing is cancelled for it',
    async run(context) {
      const { gatherer, kafkaClient } = await start(context, ['a']);
      const answers = await gatherer.nodes.waitFor('nobody', { timeoutMs: 1500 }).all();
      expect(answers).toEqual([]);
      await context.log.until('aborted at a');
      expect(kafkaClient.counters().cancels).toBe(0);
    },
  },
  {
    name: 'an instance that starts while the time is not over answers, too',
    async run(context) {
      const { gatherer } = await start(context, ['a']);
      const gathering = gatherer.nodes.status(0, all(2));
      for await (const _first of gathering) {
        await serveNode(context, 'late');
        const answers = await gathering.all();
        expect(new Set(answers.map((answer) => answer.ok && answer.data.node))).toEqual(
          new Set(['a', 'late']),
        );
      }
    },
  },
  {
    name: 'an instance that closes takes none, and ends what it has begun within its grace',
    async run(context) {
      const handler = await serveNode(context, 'a');
      const { gatherer, kafkaClient } = await start(context, ['b']);
      const { log } = context;
      const gathering = gatherer.nodes.waitFor('go', all(2));
      await Promise.all([log.until('begun at a'), log.until('begun at b')]);
      const closed = handler.close({ graceMs: 60_000 });
      const second = gatherer.nodes.waitFor('go', all(1));
      await log.until('begun at b', 2);
      // Behind it in the inbox of each: when they answer this, they have seen it.
      expect((await discover(kafkaClient, all(2)).all()).map(({ state }) => state).sort()).toEqual([
        'draining',
        'ready',
      ]);
      log.note('go b');
      expect(told(await second.all())).toEqual(['b']);
      expect(log.count('begun at a')).toBe(1);
      log.note('go a');
      expect(told(await gathering.all())).toEqual(['a', 'b']);
      await closed;
    },
  },
  {
    name: 'headers and interceptors are those of any call',
    async run(context) {
      await serveNode(context, 'a', {
        interceptors: [
          {
            afterReceive({ purpose, headers }) {
              if (purpose === 'call' && headers['who'] === undefined) {
                throw new TRPCError({ code: 'UNAUTHORIZED', message: 'who?' });
              }
            },
          },
        ],
      });
      const { gatherer } = ask(context);
      expect(told(await gatherer.nodes.header(undefined, all(1)).all())).toEqual(['UNAUTHORIZED: who?']);
      const headers = { who: 'me' };
      expect(told(await gatherer.nodes.header(undefined, { ...all(1), headers }).all())).toEqual(['me']);
    },
  },
  {
    name: 'what is too much is refused at once, and what waits is run',
    async run(context) {
      const { log } = context;
      const handler = await serveNode(context, 'a', { gather: { maxConcurrentCalls: 1 } });
      const { gatherer } = ask(context);
      const held = Array.from({ length: 11 }, () => gatherer.nodes.waitFor('go', all(1)).all());
      await log.until('begun at a');
      // They are written in the order in which they were made.
      expect(told(await gatherer.nodes.waitFor('go', all(1)).all())).toEqual([
        expect.stringMatching(/^TOO_MANY_REQUESTS: .*11 gather calls run or wait/),
      ]);
      log.note('go a');
      for (const answers of await Promise.all(held)) expect(told(answers)).toEqual(['a']);
      expect(handler.counters().gatherCalls).toBe(11);
    },
  },
  {
    name: 'several services are asked at once, and each answer says whose it is',
    async run(context) {
      const other: KafkaService = defineKafkaService({
        name: `${context.service.name}-b`,
        topics: { control: { partitions: 2 }, requests: { partitions: 1 }, oneWay: { partitions: 1 } },
      });
      await Promise.all([serveNode(context, 'a'), serveNode(context, 'b', { service: other })]);
      const [codec] = context.codecs;
      const clients = [context.service, other].map((service) => {
        const options = { service, ...(codec === undefined ? {} : { codec }) };
        return connectRouter<NodesRouter>(context, options).kafkaClient;
      });
      const gatherer = createKafkaGatherer<NodesRouter>({ clients, transformer: superjson });
      const answers = await gatherer.nodes.status(0, all(2)).all();
      const nodes = new Map(answers.map((answer) => [answer.service, answer.ok && answer.data.node]));
      expect(Object.fromEntries(nodes)).toEqual({ [context.service.name]: 'a', [other.name]: 'b' });
    },
  },
  {
    name: 'a service without instances answers nothing, which is no error',
    async run(context) {
      const { gatherer, kafkaClient } = ask(context);
      // The time is for answers, not for the connection.
      await kafkaClient.ready();
      const gathering = gatherer.nodes.status(0, { timeoutMs: 2000 });
      expect(await gathering.all()).toEqual([]);
      expect(await gathering.ended).toEqual({ reason: 'timeout', answers: 0, failures: [] });
    },
  },
  {
    name: 'a client that closes lets a gathering come to its end',
    async run(context) {
      const { gatherer, kafkaClient } = await start(context, ['a']);
      const gathering = gatherer.nodes.waitFor('go', all(1));
      await context.log.until('begun at a');
      const closed = kafkaClient.close();
      context.log.note('go a');
      expect(told(await gathering.all())).toEqual(['a']);
      await closed;
      await expect(gatherer.nodes.status(0).all()).rejects.toMatchObject({
        cause: { code: 'CLIENT_CLOSED' },
      });
    },
  },
  {
    name: 'a resolver that gathers ends with its caller, and hands on the rest of its time',
    async run(context) {
      const { log } = context;
      const { gatherer } = await start(context, ['a']);
      const front = t.router({
        ask: t.procedure.query(async ({ ctx: { req } }) => {
          await gatherer.nodes.waitFor('nobody', { timeoutMs: 60_000 }).all();
          log.note(`over for ${req.topic}`);
        }),
      });
      const service = defineKafkaService({
        name: `${context.service.name}-front`,
        topics: { requests: { partitions: 1 }, oneWay: { partitions: 1 }, control: { partitions: 1 } },
      });
      await serveNode(context, 'front', { router: front as never, service });
      const over = `over for ${service.topics.requests.topic}`;
      const [codec] = context.codecs;
      const { client } = connectRouter<typeof front>(context, {
        service,
        transformer: superjson,
        ...(codec === undefined ? {} : { codec }),
      });
      const aborted = new AbortController();
      const asking = client.ask.query(undefined, { signal: aborted.signal });
      await log.until('begun at a');
      aborted.abort();
      await expect(asking).rejects.toThrow();
      await Promise.all([log.until('aborted at a'), log.until(over)]);
      const brief = client.ask.query(undefined, { context: kafkaContext({ timeoutMs: 500 }) });
      await expect(brief).rejects.toThrow();
      // Long before its own time.
      await log.until(over, 2);
    },
  },
  {
    name: 'discovery: every instance tells of itself, with what it runs',
    async run(context) {
      const { gatherer, kafkaClient } = await start(context, ['a', 'b']);
      const { log, service } = context;
      const running = gatherer.nodes.waitFor('go', all(2));
      await Promise.all([log.until('begun at a'), log.until('begun at b')]);
      const found = await discover(kafkaClient, { ...all(2), procedures: true }).all();
      expect(found.map(({ state, calls, streams }) => ({ state, calls, streams }))).toEqual(
        Array(2).fill({ state: 'ready', calls: 1, streams: 0 }),
      );
      for (const server of found) {
        expect(server).toMatchObject({ service: service.name, waiting: 0 });
        expect(server.software).toMatch(/^trpc-kafka\/\d+\.\d+\.\d+/);
        expect(server.features).toContain('gather');
        expect(server.procedures).toContainEqual({ path: 'nodes.status', type: 'query', gather: true });
        expect(server.procedures).toContainEqual({ path: 'change', type: 'mutation' });
      }
      const partitions = found.flatMap(({ assigned }) =>
        assigned
          .filter(({ topic }) => topic === service.topics.requests.topic)
          .flatMap((each) => each.partitions),
      );
      expect(partitions.sort((x, y) => x - y)).toEqual([0, 1, 2]);
      log.note('go a');
      log.note('go b');
      const ids = (await running.all()).map(({ server }) => server).sort();
      expect(found.map(({ server }) => server).sort()).toEqual(ids);
    },
  },
  {
    name: 'discovery: who is draining says so, who was told not to answers nothing',
    async run(context) {
      const { log } = context;
      const handler = await serveNode(context, 'a');
      await serveNode(context, 'hidden', { discovery: false });
      const { gatherer, kafkaClient } = ask(context);
      const running = gatherer.nodes.waitFor('go', all(1));
      await log.until('begun at a');
      const closed = handler.close({ graceMs: 60_000 });
      const found = await discover(kafkaClient, { timeoutMs: 60_000 }).all();
      expect(found.map(({ state }) => state)).toEqual(['draining']);
      log.note('go a');
      await running.all();
      await closed;
    },
  },
];
