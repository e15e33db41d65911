/** For cases that need a router of their own: serves and calls it on the case's broker, closed with the case. */
import { createTRPCClient, type TRPCClient } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import { applyKafkaHandler, type KafkaHandler, type KafkaHandlerOptions } from '@trpc-kafka/adapter';
import type { KafkaService } from '@trpc-kafka/core';
import {
  createKafkaClient,
  type KafkaClient,
  type KafkaClientOptions,
  type KafkaLinkOptions,
  kafkaLink,
} from '@trpc-kafka/link';
import type { Kafka } from 'kafkajs';
import type { CaseContext } from './case-context.ts';

/** What a router is served with; by default the case's service on a kafkajs instance of its own. */
export type RouterServeOptions<TRouter extends AnyTRPCRouter> = Omit<
  KafkaHandlerOptions<TRouter>,
  'kafka' | 'service'
> & { readonly kafka?: Kafka; readonly service?: KafkaService };

/** What a router is called with. */
export type RouterConnectOptions<TRouter extends AnyTRPCRouter> = Omit<KafkaLinkOptions<TRouter>, 'client'> &
  Partial<KafkaClientOptions>;

/** Serves a router and waits until it is ready. */
export async function serveRouter<TRouter extends AnyTRPCRouter>(
  context: CaseContext,
  options: RouterServeOptions<TRouter>,
): Promise<KafkaHandler> {
  const defaults = { kafka: options.kafka ?? context.createKafka(), service: context.service };
  const handler = applyKafkaHandler({ ...defaults, ...options } as unknown as KafkaHandlerOptions<TRouter>);
  context.defer(() => handler.close({ graceMs: 0 }));
  await handler.ready();
  return handler;
}

/** Connects a client of a router. */
export function connectRouter<TRouter extends AnyTRPCRouter>(
  context: CaseContext,
  options: RouterConnectOptions<TRouter>,
): { client: TRPCClient<TRouter>; kafkaClient: KafkaClient } {
  const { transformer, headers, ...clientOptions } = options as RouterConnectOptions<TRouter> & {
    transformer?: unknown;
  };
  const kafkaClient = createKafkaClient({
    app: context.service.name,
    service: context.service,
    ...clientOptions,
    kafka: clientOptions.kafka ?? context.createKafka(),
  });
  context.defer(() => kafkaClient.close());
  const link = kafkaLink<TRouter>({ client: kafkaClient, transformer, headers } as never);
  return { kafkaClient, client: createTRPCClient<TRouter>({ links: [link] }) };
}
