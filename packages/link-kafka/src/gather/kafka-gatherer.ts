/** Gather calls with the router's types: queries only, answered by every server instance. */
import { TRPCClientError } from '@trpc/client';
import {
  type AnyTRPCQueryProcedure,
  type AnyTRPCRouter,
  createTRPCRecursiveProxy,
  type inferProcedureInput,
  type inferTRPCClientTypes,
  type inferTransformedProcedureOutput,
  type TRPCRouterRecord,
} from '@trpc/server';
import { KafkaTransportError } from '@trpc-kafka/core';
import { systemClock } from '@trpc-kafka/core/internal';
import { callMessage } from '../calls/call-draft.js';
import { serializeInput } from '../calls/serialize-input.js';
import type { ClientRuntime } from '../client/client-runtime.js';
import { type KafkaClient, runtimeOf } from '../client/kafka-client.js';
import type { RequestDraft } from '../requests/request-sender.js';
import { type CombinedTransformer, getTransformer, type TransformerOptions } from '../trpc-internals.js';
import { type GatherAnswer, toGatherAnswer, unreadableAnswer } from './gather-answer.js';
import { type KafkaGatherOptions, readGatherOptions } from './gather-options.js';
import { createFailedGathering, createGathering, type Gathering, type StartPart } from './gathering.js';
import type { QuestionRecord } from './question-copy.js';
import type { Question, QuestionTimes } from './service-asker.js';

/** The answers to one query of a router. */
export type GatherAnswerOf<
  TRouter extends AnyTRPCRouter,
  TProcedure extends AnyTRPCQueryProcedure,
> = GatherAnswer<
  inferTransformedProcedureOutput<inferTRPCClientTypes<TRouter>, TProcedure>,
  TRPCClientError<TRouter>
>;

/** Asks every server instance for one query. It begins at once; errors meet whoever reads the answers. */
export type GatherQuery<TRouter extends AnyTRPCRouter, TProcedure extends AnyTRPCQueryProcedure> = (
  ...args: undefined extends inferProcedureInput<TProcedure>
    ? [
        input?: inferProcedureInput<TProcedure>,
        options?: KafkaGatherOptions<GatherAnswerOf<TRouter, TProcedure>>,
      ]
    : [
        input: inferProcedureInput<TProcedure>,
        options?: KafkaGatherOptions<GatherAnswerOf<TRouter, TProcedure>>,
      ]
) => Gathering<GatherAnswerOf<TRouter, TProcedure>>;

/** The queries of a router, as gather calls. Those whose `meta.kafka.gather` is not true are answered with an error. */
export type KafkaGatherer<
  TRouter extends AnyTRPCRouter,
  TRecord extends TRPCRouterRecord = TRouter['_def']['record'],
> = {
  [TKey in keyof TRecord as TRecord[TKey] extends AnyTRPCQueryProcedure | TRPCRouterRecord
    ? TKey
    : never]: TRecord[TKey] extends AnyTRPCQueryProcedure
    ? GatherQuery<TRouter, TRecord[TKey]>
    : TRecord[TKey] extends TRPCRouterRecord
      ? KafkaGatherer<TRouter, TRecord[TKey]>
      : never;
};

/** Options of {@link createKafkaGatherer}. `transformer` is required exactly when the router has one. */
export type KafkaGathererOptions<TRouter extends AnyTRPCRouter> = {
  /** The client made with `createKafkaClient`, or one for each service that has this router. */
  clients: KafkaClient | readonly KafkaClient[];
  /** Headers of every record. @default none */
  headers?: Readonly<Record<string, string>>;
} & TransformerOptions<inferTRPCClientTypes<TRouter>>;

/**
 * Makes a gatherer: `gatherer.nodes.status()` asks every server instance of a service, or of several, and has the
 * answers as they come. A query can be gathered when its author says so: `meta({ kafka: { gather: true } })`.
 *
 * @throws KafkaTransportError with code `INVALID_OPTION` when there is no client.
 * @example
 * const gatherer = createKafkaGatherer<AppRouter>({ clients: kafkaClient, transformer: superjson });
 * for await (const answer of gatherer.nodes.status(undefined, { stallMs: 300 })) {
 *   console.log(answer.server, answer.ok ? answer.data : answer.error.message);
 * }
 */
export function createKafkaGatherer<TRouter extends AnyTRPCRouter>(
  opts: KafkaGathererOptions<TRouter>,
): KafkaGatherer<TRouter> {
  const runtimes = runtimesOf(opts.clients);
  const transformer = getTransformer(opts.transformer);
  return createTRPCRecursiveProxy<KafkaGatherer<TRouter>>(({ path, args }) => {
    // Printing a gatherer is no call: JSON.stringify and test runners ask every object for this.
    if (path.at(-1) === 'toJSON') return undefined as never;
    const [input, options = {}] = args as [unknown, KafkaGatherOptions<GatherAnswer<unknown>>?];
    try {
      const { rules, timeoutMs, headers, inheritedHeaders } = readGatherOptions(options);
      const allHeaders = { ...inheritedHeaders, ...opts.headers, ...headers };
      const call = { path: path.join('.'), input, timeoutMs, headers: allHeaders };
      const parts = runtimes.map((runtime) => partOf({ runtime, transformer }, call));
      return createGathering({ rules, isCaughtUp: () => allCaughtUp(runtimes), clock: systemClock }, parts);
    } catch (error) {
      return createFailedGathering(TRPCClientError.from(error as Error));
    }
  });
}

/** The working parts of one client or several. @throws KafkaTransportError `INVALID_OPTION` when there is none. */
export function runtimesOf(clients: KafkaClient | readonly KafkaClient[]): readonly ClientRuntime[] {
  const list = Array.isArray(clients) ? (clients as readonly KafkaClient[]) : [clients as KafkaClient];
  if (list.length > 0) return list.map(runtimeOf);
  throw new KafkaTransportError({ code: 'INVALID_OPTION', message: 'there is no client to ask through' });
}

export function allCaughtUp(runtimes: readonly ClientRuntime[]): boolean {
  return runtimes.every((runtime) => runtime.isCaughtUp());
}

interface GatherCall {
  readonly path: string;
  readonly input: unknown;
  readonly timeoutMs: number;
  readonly headers: Readonly<Record<string, string>>;
}

interface GatherWith {
  readonly runtime: ClientRuntime;
  readonly transformer: CombinedTransformer;
}

/** What is asked of one service. @throws what the transformer throws, before anything is sent to any of them. */
function partOf({ runtime, transformer }: GatherWith, call: GatherCall): StartPart<GatherAnswer<unknown>> {
  const { path, timeoutMs, headers } = call;
  const service = runtime.service.name;
  const input = serializeInput(call.input, path, { transformer, codec: runtime.codec });
  const question: Question = {
    what: `gather call ${path} to service ${service}`,
    timeoutMs,
    cancels: true,
    write: (times) => writeCall(runtime, { path, input, headers }, times),
  };
  const reading = { service, path, transformer };
  return (sink) =>
    runtime.asker.ask(question, {
      answer(message, from, times) {
        const answer = toGatherAnswer(reading, message, { ...from, times });
        if (answer !== undefined) sink.answer(answer);
        return answer !== undefined;
      },
      unreadable: (error, from) => sink.answer(unreadableAnswer(service, error, from)),
      failed: (error) => sink.failed({ service, error }),
      ended: (error) => sink.ended(error === undefined ? undefined : { service, error }),
    });
}

function writeCall(
  { writing, service }: ClientRuntime,
  { path, input, headers }: Omit<GatherCall, 'timeoutMs'>,
  times: QuestionTimes,
): QuestionRecord | Promise<QuestionRecord> {
  const { requests, connectionParams } = writing;
  const message = callMessage(
    { path, input, options: {} },
    { method: 'query', gather: true, connectionParams: connectionParams(), ...times },
  );
  const draft: RequestDraft = {
    topic: service.topics.control.topic,
    purpose: 'call',
    calls: [requests.encode(message)],
    key: undefined,
    headers: { ...headers },
  };
  const waits = requests.intercept(draft);
  return waits instanceof Promise ? waits.then(() => requests.prepare(draft)) : requests.prepare(draft);
}
