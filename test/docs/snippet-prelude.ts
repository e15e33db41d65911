/** What the snippets of the documents take for granted. */
import {
  createTRPCClient,
  httpBatchLink,
  httpSubscriptionLink,
  splitLink,
  TRPCClientError,
} from '@trpc/client';
import { initTRPC, TRPCError } from '@trpc/server';
import { applyKafkaHandler } from '@trpc-kafka/adapter';
import {
  defineKafkaService,
  isKafkaTransportError,
  type KafkaService,
  type RecordInterceptor,
  type TransportLogger,
} from '@trpc-kafka/core';
import {
  createKafkaClient,
  createKafkaEmitter,
  type KafkaClient,
  kafkaContext,
  kafkaLink,
} from '@trpc-kafka/link';
import { Kafka } from 'kafkajs';
import superjson from 'superjson';
import { z } from 'zod';

const t = initTRPC.create({ transformer: superjson });
const appRouter = t.router({
  byNumber: t.procedure.input(z.string()).query(({ input }) => ({ number: input, departure: new Date() })),
  delay: t.procedure.input(z.object({ number: z.string(), minutes: z.number() })).mutation(() => {}),
  countdown: t.procedure.input(z.number()).subscription(async function* ({ input }) {
    yield input;
  }),
});
type AppRouter = typeof appRouter;

declare const kafka: Kafka;
declare const flightsService: KafkaService;
declare const kafkaClient: KafkaClient;
declare const client: ReturnType<typeof createTRPCClient<AppRouter>>;
declare const url: string;
declare const pino: TransportLogger;
declare const secret: string;
declare function tokenFor(path: string): Promise<string>;

void [
  createTRPCClient,
  httpBatchLink,
  httpSubscriptionLink,
  splitLink,
  TRPCClientError,
  TRPCError,
  applyKafkaHandler,
];
void [
  defineKafkaService,
  isKafkaTransportError,
  createKafkaClient,
  createKafkaEmitter,
  kafkaContext,
  kafkaLink,
  Kafka,
];
export type Used = [
  RecordInterceptor,
  AppRouter,
  typeof kafka,
  typeof flightsService,
  typeof kafkaClient,
  typeof client,
];
export type UsedToo = [typeof url, typeof pino, typeof secret, typeof tokenFor];
