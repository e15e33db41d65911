/** Drives the link as tRPC's client does, operation by operation, and notes all it says. */
import type { Operation } from '@trpc/client';
import type { Unsubscribable } from '@trpc/server/observable';
import { type KafkaClient, kafkaLink } from '@trpc-kafka/link';
import superjson from 'superjson';
import type { TestRouter } from '../../conformance/test-router.ts';
import { type Collector, createCollector } from '../../support/collector.ts';

/** One thing that an observer was told. */
export type Told =
  | { readonly next: { readonly result: unknown; readonly context?: unknown } }
  | { readonly error: unknown }
  | 'complete';

export interface Probe {
  readonly told: Collector<Told>;
  /** Resolves with all it was told once that was an error or the end. */
  ended(): Promise<readonly Told[]>;
  readonly subscription: Unsubscribable;
}

/** An operation as tRPC's client makes it. */
export function operation(facts: Partial<Operation> & Pick<Operation, 'path'>): Operation {
  return { id: 1, type: 'query', input: undefined, context: {}, signal: null, ...facts };
}

/** What a subscriber is told of the connection. */
export interface ToldState {
  readonly type: string;
  readonly state?: string;
  readonly error?: Error | null;
}

/** Those of all that was told, in order. */
export function statesOf(told: readonly Told[]): ToldState[] {
  return (resultsOf(told) as ToldState[]).filter(({ type }) => type === 'state');
}

/** What came with each `next`. */
export function resultsOf(told: readonly Told[]): unknown[] {
  return told.flatMap((one) => (one !== 'complete' && 'next' in one ? [one.next.result] : []));
}

/** What the link makes of an operation, not yet subscribed to. */
export function runLink(client: KafkaClient, op: Operation) {
  const link = kafkaLink<TestRouter>({ client, transformer: superjson })({});
  const next = (): never => {
    throw new Error('the link is the last one');
  };
  const results = link({ op, next });
  return {
    subscribe(): Probe {
      const told = createCollector<Told>();
      const subscription = results.subscribe({
        next: (envelope) => told.add({ next: envelope }),
        error: (error) => told.add({ error }),
        complete: () => told.add('complete'),
      });
      const isEnd = (one: Told): boolean => one === 'complete' || 'error' in one;
      return {
        told,
        subscription,
        ended: () => told.until((all) => all.some(isEnd), 'the end of the operation'),
      };
    },
  };
}
