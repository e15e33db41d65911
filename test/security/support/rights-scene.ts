/**
 * A service with the rights of docs/security.md and no other: a server, an app that calls it, one that writes one-way
 * calls. It owns names of its own, so that many can be tried on one Kafka at the same time.
 */
import { once } from 'node:events';
import { createTRPCClient, TRPCClientError } from '@trpc/client';
import { initTRPC, TRPCError, tracked } from '@trpc/server';
import { applyKafkaHandler, type KafkaHandlerEvent } from '@trpc-kafka/adapter';
import {
  defineKafkaService,
  isKafkaTransportError,
  type KafkaMeta,
  type KafkaTransportError,
  replayDeadLetters,
  type TransportLogger,
} from '@trpc-kafka/core';
import { createKafkaClient, createKafkaEmitter, discover, kafkaLink } from '@trpc-kafka/link';
import { expect } from 'vitest';
import { type Collector, createCollector } from '../../support/collector.ts';
import type { Right } from './rights-table.ts';
import type { SecureKafka } from './secure-kafka.ts';

/** What was done, and what was refused. */
export interface RightsScene {
  /** Does all that a service and its apps do; rejects when something of it fails. */
  readonly play: () => Promise<void>;
  /** What any part was refused for want of a right. */
  readonly refusals: Collector<KafkaTransportError>;
  readonly close: () => Promise<void>;
}

/** The same rights, to topics and groups whose names begin so. */
export function rightsOf(rights: readonly Right[], prefix: string): Right[] {
  return rights.map((right) => ({ ...right, name: `${prefix}${right.name}` }));
}

/** No call is about how fast it is. */
const patienceMs = 40_000;

const t = initTRPC.meta<KafkaMeta>().create();

function createRouter(log: Collector<string>) {
  return t.router({
    add: t.procedure.meta({ kafka: { gather: true } }).query(() => 3),
    book: t.procedure.mutation(() => 'booked'),
    wait: t.procedure.query(async ({ signal }) => {
      log.add('waits');
      await once(signal!, 'abort');
      log.add('cancelled');
    }),
    count: t.procedure.subscription(async function* ({ signal }) {
      try {
        // More than is sent ahead, so that credit must arrive.
        for (let n = 1; n <= 200; n++) yield tracked(String(n), n);
        await once(signal!, 'abort');
      } finally {
        log.add('unsubscribed');
      }
    }),
    audit: t.procedure.mutation(() => log.add('audited')),
    refuse: t.procedure.mutation(() => {
      throw new TRPCError({ code: 'BAD_REQUEST' });
    }),
  });
}

/** Starts all three, each with its own credentials; what fails is told, not thrown. */
export function openRightsScene(kafka: SecureKafka, prefix: string): RightsScene {
  const service = defineKafkaService({ name: `${prefix}flights` });
  const log = createCollector<string>();
  const refusals = createCollector<KafkaTransportError>();
  const tell = (error: unknown): void => {
    const cause = error instanceof TRPCClientError ? error.cause : error;
    if (isKafkaTransportError(cause) && cause.code === 'AUTHORIZATION_FAILED') refusals.add(cause);
  };
  const logger = tellingLogger(tell);
  const router = createRouter(log);
  const handler = applyKafkaHandler({
    kafka: kafka.connect('flights'),
    service,
    router,
    duplicates: { store: 'topic' },
    logger,
  });
  handler.on((event: KafkaHandlerEvent) => {
    if (event.type === 'dead-lettered') log.add('dead-lettered');
    if (event.type === 'reply-failed') tell(event.error);
  });
  // A client that comes before the server's topics has none of the rights to make them.
  const apps = handler.ready().then(() => {
    const open = (app: string) =>
      createKafkaClient({
        kafka: kafka.connect(app),
        service,
        app: `${prefix}${app}`,
        timeoutMs: patienceMs,
        logger,
      });
    return { checkout: open('checkout'), billing: open('billing') };
  });
  apps.catch(tell);

  return {
    refusals,
    async play() {
      const { checkout, billing } = await apps;
      const client = createTRPCClient<typeof router>({ links: [kafkaLink({ client: checkout })] });
      const emitter = createKafkaEmitter<typeof router>({ client: billing });
      const acts = [
        async () => await client.add.query(),
        async () => await client.book.mutate(),
        async () => await cancelOne(client.wait.query, log),
        async () => await readStream(client.count.subscribe, log),
        async () => await discover(checkout, { maxAnswers: 1, timeoutMs: patienceMs }).all(),
        async () => {
          await emitter.audit(undefined);
          await log.until((all) => all.includes('audited'), 'the one-way call to be carried out');
        },
        async () => {
          await emitter.refuse(undefined);
          await log.until((all) => all.includes('dead-lettered'), 'the dead letter');
          expect(await replayDeadLetters({ kafka: kafka.connect('support'), service })).toMatchObject({
            replayed: 1,
          });
        },
      ];
      const ends = await Promise.allSettled(acts.map((act) => act()));
      const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
      failures.forEach(tell);
      if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('\n'));
    },
    async close() {
      const opened = await apps.catch(() => undefined);
      await opened?.checkout.close({ graceMs: 0 });
      await opened?.billing.close({ graceMs: 0 });
      await handler.close({ graceMs: 0 });
    },
  };
}

function tellingLogger(tell: (error: unknown) => void): TransportLogger {
  const look = (fields: object): void => tell((fields as { err?: unknown }).err);
  return { debug: look, info: look, warn: look, error: look };
}

type Query = (input: undefined, options: { signal: AbortSignal }) => Promise<unknown>;

async function cancelOne(query: Query, log: Collector<string>): Promise<void> {
  const abort = new AbortController();
  const call = query(undefined, { signal: abort.signal }).catch((error: unknown) => error);
  await Promise.race([
    log.until((all) => all.includes('waits'), 'the call to begin'),
    call.then((error) => Promise.reject(error as Error)),
  ]);
  abort.abort();
  await log.until((all) => all.includes('cancelled'), 'the cancel to arrive');
}

type Subscribe = (
  input: undefined,
  listener: { onData: (item: { data: number }) => void; onError: (error: unknown) => void },
) => { unsubscribe(): void };

async function readStream(subscribe: Subscribe, log: Collector<string>): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const subscription = subscribe(undefined, {
      onData({ data }) {
        if (data < 200) return;
        subscription.unsubscribe();
        resolve();
      },
      onError: reject,
    });
  });
  await log.until((all) => all.includes('unsubscribed'), 'the generator to be ended');
}
