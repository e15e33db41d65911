/** For cases that need a router of their own: serves and calls it on the case's broker, closed with the case. */
import { createTRPCClient, type TRPCClient } from '@trpc/client';
import type { AnyTRPCRouter, TRPCDataTransformer } from '@trpc/server';
import { applyKafkaHandler, type KafkaHandler, type KafkaHandlerOptions } from '@trpc-kafka/adapter';
import type { KafkaService } from '@trpc-kafka/core';
import {
  createKafkaClient,
  type KafkaClient,
  type KafkaClientOptions,
  type KafkaLinkOptions,
  kafkaLink,
  type LinkHeaders,
} from '@trpc-kafka/link';
import type { CaseContext } from './case-context.ts';

/** What a router is served with; by default the case's service on a Kafka client of its own. */
export type RouterServeOptions<TRouter extends AnyTRPCRouter> = Omit<
  KafkaHandlerOptions<TRouter>,
  'kafka' | 'service'
> & { readonly kafka?: KafkaClientOptions['kafka']; readonly service?: KafkaService };

/** What a router is called with. */
export interface RouterConnectOptions extends Partial<KafkaClientOptions> {
  readonly headers?: LinkHeaders;
  /** @default none */
  readonly transformer?: TRPCDataTransformer;
}

/** Serves a router and waits until it is ready. */
export async function serveRouter<TRouter extends AnyTRPCRouter>(
  context: CaseContext,
  options: RouterServeOptions<TRouter>,
): Promise<KafkaHandler> {
  const { service } = context;
  const given = { kafka: options.kafka ?? context.createSource(), service, ...options };
  const handler = applyKafkaHandler(given as unknown as KafkaHandlerOptions<TRouter>);
  context.defer(() => handler.close({ graceMs: 0 }));
  await handler.ready();
  return handler;
}

/** Connects a client. */
export function connectRouter<TRouter extends AnyTRPCRouter>(
  context: CaseContext,
  { headers, transformer, kafka = context.createSource(), ...options }: RouterConnectOptions = {},
): { client: TRPCClient<TRouter>; kafkaClient: KafkaClient } {
  const { service } = context;
  const kafkaClient = createKafkaClient({ app: service.name, service, ...options, kafka });
  context.defer(() => kafkaClient.close());
  const linkOptions = { client: kafkaClient, transformer, ...(headers === undefined ? {} : { headers }) };
  const link = kafkaLink<TRouter>(linkOptions as unknown as KafkaLinkOptions<TRouter>);
  return { kafkaClient, client: createTRPCClient<TRouter>({ links: [link] }) };
}
