/** Item 70 of the contract: the hooks of `@trpc/react-query` over the Kafka link, in jsdom. */
import { QueryClient, QueryClientProvider, skipToken } from '@tanstack/react-query';
import { TRPCClientError } from '@trpc/client';
import { createTRPCReact } from '@trpc/react-query';
import { kafkaLink } from '@trpc-kafka/link';
import { createTestPair } from '@trpc-kafka/testing';
import type { ReactNode } from 'react';
import superjson from 'superjson';
import { expect, test } from 'vitest';
import { createHookRouter, type HookRouter } from '../hook-router.ts';
import { renderHook } from '../rendered-hook.tsx';

const trpc = createTRPCReact<HookRouter>();

/** A server, and an app that calls it. */
async function openApp() {
  const { router, log, emit } = createHookRouter();
  const pair = await createTestPair<HookRouter>({ router, transformer: superjson });
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const client = trpc.createClient({
    links: [kafkaLink({ client: pair.kafkaClient, transformer: superjson })],
  });
  const wrap = (children: ReactNode): ReactNode => (
    <trpc.Provider client={client} queryClient={queryClient}>
      <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>
    </trpc.Provider>
  );
  return {
    ...pair,
    log,
    emit,
    render: <TValue,>(useHook: () => TValue) => renderHook(useHook, wrap),
    async [Symbol.asyncDispose]() {
      queryClient.clear();
      await pair.close();
    },
  };
}

test('[70] useQuery and useMutation: data, and invalidation fetches queries again', async () => {
  await using app = await openApp();
  const hook = app.render(() => {
    const utils = trpc.useUtils();
    const { data: list } = trpc.notes.list.useQuery();
    const { data, status, mutate } = trpc.notes.add.useMutation({
      onSuccess: () => utils.notes.invalidate(),
    });
    return { list, data, status, mutate };
  });
  const { mutate } = await hook.until(({ list }) => list?.length === 0, 'an empty list');
  mutate('added');
  const { list, data } = await hook.until((value) => value.list?.length === 1, 'a longer list');
  expect([list, data]).toEqual([[{ text: 'added', at: new Date(0) }], 1]);
  const statuses = new Set(hook.values.items.map(({ status }) => status));
  expect([...statuses]).toEqual(['idle', 'pending', 'success']);
});

test('[70] useQuery and useMutation: errors have what the errorFormatter made', async () => {
  await using app = await openApp();
  const hook = app.render(() => {
    const query = trpc.notes.byText.useQuery('lost');
    const mutation = trpc.notes.add.useMutation();
    return { errors: [query.error, mutation.error] as const, mutate: mutation.mutate };
  });
  (await hook.until(() => true, 'a render')).mutate('');
  const { errors } = await hook.until((value) => !value.errors.includes(null), 'both errors');
  expect(errors.map((error) => error instanceof TRPCClientError)).toEqual([true, true]);
  expect(errors.map((error) => [error?.data?.code, error?.data?.hint])).toEqual([
    ['NOT_FOUND', 'ask at the gate'],
    ['BAD_REQUEST', 'ask at the gate'],
  ]);
});

test('[70] useSubscription: connecting, pending, the data; reset begins anew; unmounting ends the generator', async () => {
  await using app = await openApp();
  const told: string[] = [];
  const hook = app.render(() => {
    const { status, data, error, reset } = trpc.feed.useSubscription('gate', {
      onStarted: () => told.push('started'),
      onData: (item) => told.push(item),
    });
    return { status, data, error, reset };
  });
  await hook.until(({ status }) => status === 'pending', 'the start');
  expect(hook.values.items[0]).toMatchObject({ status: 'connecting', data: undefined, error: null });
  await app.log.until('begun gate');
  app.emit('gate', 'A12');
  const { reset } = await hook.until(({ data }) => data === 'A12', 'the item');
  reset();
  await Promise.all([app.log.until('ended gate'), app.log.until('begun gate', 2)]);
  await hook.until(({ status, data }) => status === 'pending' && data === undefined, 'the new start');
  hook.unmount();
  await app.log.until('ended gate', 2);
  expect(told).toEqual(['started', 'A12', 'started']);
});

test('[70] useSubscription: idle with enabled: false and with skipToken; an error is the status', async () => {
  await using app = await openApp();
  let enabled = false;
  const hook = app.render(() => {
    const skipped = trpc.feed.useSubscription(skipToken);
    const refused = trpc.refused.useSubscription(undefined, { enabled });
    return { statuses: [skipped.status, refused.status], data: refused.data, error: refused.error };
  });
  await hook.until(({ statuses }) => statuses.every((status) => status === 'idle'), 'two that are idle');
  expect(app.kafkaClient.counters().calls).toBe(0);
  enabled = true;
  hook.rerender();
  const { statuses, data, error } = await hook.until((value) => value.error !== null, 'the error');
  expect([statuses, data, error?.data?.code]).toEqual([['idle', 'error'], 'first', 'FORBIDDEN']);
});
