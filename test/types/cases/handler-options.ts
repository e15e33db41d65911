/** Handlers: `createContext` is asked for exactly when the context is not empty; `req`, `info`, `ctx` and `onError` are typed. */
import { initTRPC, type TRPCError, type TRPCProcedureType } from '@trpc/server';
import type { TRPCRequestInfo } from '@trpc/server/http';
import {
  applyKafkaHandler,
  type CreateKafkaContextOptions,
  type KafkaHandler,
  type KafkaHandlerEvent,
  type KafkaHandlerOptions,
  type KafkaRequest,
} from '@trpc-kafka/adapter';
import { defineKafkaService, type KafkaDriver, type RecordCodec } from '@trpc-kafka/core';
import { expectTypeOf } from 'expect-type';
import type { Kafka } from 'kafkajs';

declare const kafka: Kafka;
declare const driver: KafkaDriver;
declare const codec: RecordCodec;
const service = defineKafkaService({ name: 'flights' });

const plain = initTRPC.create();
const plainRouter = plain.router({ one: plain.procedure.query(() => 1) });
interface Context {
  readonly user: string;
  readonly requestId?: number;
}
const u = initTRPC.context<Context>().create();
const userRouter = u.router({ whoami: u.procedure.query(({ ctx }) => ctx.user) });
const v = initTRPC.context<{ user?: string }>().create();
const visitorRouter = v.router({ whoami: v.procedure.query(({ ctx }) => ctx.user) });

// Without a context.
expectTypeOf(applyKafkaHandler({ kafka, service, router: plainRouter })).toEqualTypeOf<KafkaHandler>();
applyKafkaHandler({ kafka: driver, service: 'flights', router: plainRouter, createContext: () => ({}) });

// With one that may be empty.
applyKafkaHandler({ kafka, service, router: visitorRouter });
applyKafkaHandler({ kafka, service, router: visitorRouter, createContext: () => ({ user: 'ada' }) });

// With one that may not.
export function createContext({ req, info }: CreateKafkaContextOptions): Context {
  expectTypeOf(req).toEqualTypeOf<KafkaRequest>();
  expectTypeOf(info).toEqualTypeOf<TRPCRequestInfo>();
  return { user: req.headers['user'] ?? 'nobody', requestId: req.offset };
}
applyKafkaHandler({ kafka, service, router: userRouter, createContext });
applyKafkaHandler({ kafka, service, router: userRouter, createContext: async (opts) => createContext(opts) });
applyKafkaHandler({
  kafka,
  service,
  router: userRouter,
  createContext({ req, info }) {
    expectTypeOf(req.headers).toEqualTypeOf<Readonly<Record<string, string>>>();
    expectTypeOf(req.key).toEqualTypeOf<string | null>();
    expectTypeOf(req.attempt).toEqualTypeOf<number>();
    expectTypeOf(info.signal).toEqualTypeOf<AbortSignal>();
    return { user: info.connectionParams?.['user'] ?? req.from };
  },
});
// @ts-expect-error createContext is missing
applyKafkaHandler({ kafka, service, router: userRouter });
// @ts-expect-error the user is a text
applyKafkaHandler({ kafka, service, router: userRouter, createContext: () => ({ user: 1 }) });
// @ts-expect-error a record has no url
applyKafkaHandler({ kafka, service, router: userRouter, createContext: ({ req }) => ({ user: req.url }) });
// @ts-expect-error there is no res, since there is no socket
applyKafkaHandler({ kafka, service, router: userRouter, createContext: ({ res }) => ({ user: res }) });

// onError knows what failed.
applyKafkaHandler({
  kafka,
  service,
  router: userRouter,
  createContext,
  onError({ error, type, path, input, ctx, req }) {
    expectTypeOf(error).toEqualTypeOf<TRPCError>();
    expectTypeOf(type).toEqualTypeOf<TRPCProcedureType | 'unknown'>();
    expectTypeOf(path).toEqualTypeOf<string | undefined>();
    expectTypeOf(input).toEqualTypeOf<unknown>();
    expectTypeOf(ctx).toEqualTypeOf<Context | undefined>();
    expectTypeOf(req).toEqualTypeOf<KafkaRequest | undefined>();
  },
});
// @ts-expect-error records that cannot be read are reported without a request
applyKafkaHandler({ kafka, service, router: plainRouter, onError: ({ req }) => req.offset });

// Options.
type Options = KafkaHandlerOptions<typeof userRouter>;
export const options: Options = {
  kafka,
  service,
  router: userRouter,
  createContext,
  topics: 'require',
  maxConcurrentCalls: 500,
  allowBatching: true,
  maxBatchSize: 10,
  codecs: [codec],
  gather: { maxConcurrentCalls: 10 },
  discovery: false,
  oneWay: { attempts: 3, initialDelayMs: 100, maxDelayMs: 1000, maxConcurrentCalls: 10, maxUncommitted: 100 },
};
expectTypeOf<Options['router']>().toEqualTypeOf<typeof userRouter>();
// @ts-expect-error there is no such option
applyKafkaHandler({ kafka, service, router: plainRouter, maxConcurentCalls: 1 });
// @ts-expect-error nor such a one
applyKafkaHandler({ kafka, service, router: plainRouter, oneWay: { retries: 1 } });
// @ts-expect-error topics are created or required
applyKafkaHandler({ kafka, service, router: plainRouter, topics: 'ignore' });
// @ts-expect-error no handler without a service
applyKafkaHandler({ kafka, router: plainRouter });
// @ts-expect-error no handler without a router
applyKafkaHandler({ kafka, service });
// @ts-expect-error brokers are no Kafka: make `new Kafka({ brokers })`
applyKafkaHandler({ kafka: ['localhost:9092'], service, router: plainRouter });

// Events.
export function describe(event: KafkaHandlerEvent): string {
  return event.type === 'idle' ? event.reason : event.type;
}
