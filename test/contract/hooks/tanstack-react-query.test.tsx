/** Item 70 of the contract: the hooks of `@trpc/tanstack-react-query` over the Kafka link, in jsdom. */
import { QueryClient, QueryClientProvider, skipToken, useMutation, useQuery } from '@tanstack/react-query';
import { TRPCClientError } from '@trpc/client';
import { createTRPCContext, useSubscription } from '@trpc/tanstack-react-query';
import { createTestPair } from '@trpc-kafka/testing';
import type { ReactNode } from 'react';
import superjson from 'superjson';
import { expect, test } from 'vitest';
import { createHookRouter, type HookRouter } from './hook-router.ts';
import { renderHook } from './rendered-hook.tsx';

const { TRPCProvider, useTRPC } = createTRPCContext<HookRouter>();

/** A server, and an app that calls it. */
async function openApp() {
  const { router, log, emit } = createHookRouter();
  const pair = await createTestPair<HookRouter>({ router, transformer: superjson });
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const wrap = (children: ReactNode): ReactNode => (
    <QueryClientProvider client={queryClient}>
      <TRPCProvider trpcClient={pair.client} queryClient={queryClient}>
        {children}
      </TRPCProvider>
    </QueryClientProvider>
  );
  return {
    ...pair,
    log,
    emit,
    queryClient,
    render: <TValue,>(useHook: () => TValue) => renderHook(useHook, wrap),
    async [Symbol.asyncDispose]() {
      queryClient.clear();
      await pair.close();
    },
  };
}

test('[70] useQuery: pending, then the data', async () => {
  await using app = await openApp();
  await app.client.notes.add.mutate('first');
  const hook = app.render(() => {
    const { status, data } = useQuery(useTRPC().notes.list.queryOptions());
    return { status, data };
  });
  const { data } = await hook.until(({ status }) => status === 'success', 'the data');
  expect(data).toEqual([{ text: 'first', at: new Date(0) }]);
  expect(hook.values.items[0]).toEqual({ status: 'pending', data: undefined });
});

test('[70] useQuery: an error is a TRPCClientError of the app’s own copy, with what the errorFormatter made', async () => {
  await using app = await openApp();
  const hook = app.render(() => useQuery(useTRPC().notes.byText.queryOptions('lost')).error);
  const error = await hook.until((found) => found !== null, 'the error');
  expect(error).toBeInstanceOf(TRPCClientError);
  expect(error?.data).toMatchObject({ code: 'NOT_FOUND', path: 'notes.byText', hint: 'ask at the gate' });
  expect(error?.shape?.message).toBe('no note "lost"');
});

test('[70] useQuery: skipToken and enabled: false send nothing', async () => {
  await using app = await openApp();
  const hook = app.render(() => {
    const { notes } = useTRPC();
    const skipped = useQuery(notes.byText.queryOptions(skipToken));
    const disabled = useQuery(notes.list.queryOptions(undefined, { enabled: false }));
    return [skipped.fetchStatus, disabled.fetchStatus];
  });
  expect(await hook.until(() => true, 'a render')).toEqual(['idle', 'idle']);
  await app.client.notes.list.query();
  expect(app.kafkaClient.counters().calls).toBe(1);
});

test('[70] useQuery: a component that leaves aborts its query at the server, with abortOnUnmount', async () => {
  await using app = await openApp();
  const hook = app.render(() =>
    useQuery(useTRPC().notes.search.queryOptions('x', { trpc: { abortOnUnmount: true } })),
  );
  await app.log.until('search begun');
  hook.unmount();
  await app.log.until('search aborted');
});

test('[70] useQuery: a streamed result grows item by item', async () => {
  await using app = await openApp();
  const hook = app.render(() => {
    const { data, fetchStatus } = useQuery(useTRPC().notes.oneByOne.queryOptions());
    return { data, fetchStatus };
  });
  const words = ['one', 'two', 'three'];
  const { data } = await hook.until((value) => value.data?.length === words.length, 'all items');
  expect(data).toEqual(words);
  await hook.until(({ fetchStatus }) => fetchStatus === 'idle', 'the end');
  expect(app.log.all()).toEqual(words.map((word) => `yielded ${word}`));
});

test('[70] useMutation: its data, and invalidation fetches queries again', async () => {
  await using app = await openApp();
  const hook = app.render(() => {
    const { notes } = useTRPC();
    const { data: list } = useQuery(notes.list.queryOptions());
    const { data, status, mutate } = useMutation(
      notes.add.mutationOptions({
        onSuccess: () => app.queryClient.invalidateQueries(notes.list.queryFilter()),
      }),
    );
    return { texts: list?.map(({ text }) => text), data, status, mutate };
  });
  const { mutate } = await hook.until(({ texts }) => texts?.length === 0, 'an empty list');
  mutate('added');
  const { texts, data } = await hook.until((value) => value.texts?.length === 1, 'a longer list');
  expect([texts, data]).toEqual([['added'], 1]);
  const statuses = new Set(hook.values.items.map(({ status }) => status));
  expect([...statuses]).toEqual(['idle', 'pending', 'success']);
});

test('[70] useMutation: an error has its code, and its variables are kept', async () => {
  await using app = await openApp();
  const hook = app.render(() => {
    const { error, variables, mutate } = useMutation(useTRPC().notes.add.mutationOptions());
    return { error, variables, mutate };
  });
  (await hook.until(() => true, 'a render')).mutate('');
  const { error, variables } = await hook.until((value) => value.error !== null, 'the error');
  expect([error?.data?.code, error?.message, variables]).toEqual(['BAD_REQUEST', 'nothing to note', '']);
});

/** What a component that shows a feed works with. */
function useFeed(topic: string | typeof skipToken, options: { enabled?: boolean } = {}) {
  const { status, data, error, reset } = useSubscription(useTRPC().feed.subscriptionOptions(topic, options));
  return { status, data, error, reset };
}

test('[70] useSubscription: connecting, pending, the data; reset begins anew; unmounting ends the generator', async () => {
  await using app = await openApp();
  const hook = app.render(() => useFeed('gate'));
  await hook.until(({ status }) => status === 'pending', 'the start');
  expect(hook.values.items[0]).toMatchObject({ status: 'connecting', data: undefined, error: null });
  await app.log.until('begun gate');
  app.emit('gate', 'A12');
  const { reset } = await hook.until(({ data }) => data === 'A12', 'the item');
  reset();
  await app.log.until('ended gate');
  await app.log.until('begun gate', 2);
  await hook.until(({ status, data }) => status === 'pending' && data === undefined, 'the new start');
  app.emit('gate', 'B7');
  await hook.until(({ data }) => data === 'B7', 'the item of the new one');
  hook.unmount();
  await app.log.until('ended gate', 2);
});

test('[70] useSubscription: another input ends the generator of the one before', async () => {
  await using app = await openApp();
  let topic = 'gate';
  const hook = app.render(() => useFeed(topic));
  await app.log.until('begun gate');
  topic = 'belt';
  hook.rerender();
  await Promise.all([app.log.until('ended gate'), app.log.until('begun belt')]);
  app.emit('belt', '4');
  await hook.until(({ data }) => data === '4', 'the item of the other topic');
  expect(app.log.all().filter((event) => event.startsWith('begun'))).toEqual(['begun gate', 'begun belt']);
});

test('[70] useSubscription: idle with enabled: false and with skipToken, and nothing is sent', async () => {
  await using app = await openApp();
  let enabled = false;
  const skipped = app.render(() => useFeed(skipToken).status);
  const hook = app.render(() => useFeed('gate', { enabled }).status);
  const isIdle = (status: string): boolean => status === 'idle';
  await Promise.all([skipped.until(isIdle, 'idle'), hook.until(isIdle, 'idle')]);
  expect(app.kafkaClient.counters().calls).toBe(0);
  enabled = true;
  hook.rerender();
  await hook.until((status) => status === 'pending', 'the start');
  await app.log.until('begun gate');
  enabled = false;
  hook.rerender();
  await app.log.until('ended gate');
  expect(new Set(skipped.values.items)).toEqual(new Set(['idle']));
  expect(app.kafkaClient.counters().calls).toBe(1);
});

test('[70] useSubscription: connecting with the cause while the brokers are away, pending when they are back', async () => {
  await using app = await openApp();
  const hook = app.render(() => useFeed('gate'));
  await hook.until(({ status }) => status === 'pending', 'the start');
  const [nodeId] = app.broker.nodeIds;
  await app.broker.cluster.stopNode(nodeId!);
  const lost = await hook.until(({ status }) => status === 'connecting', 'the loss');
  expect(lost.error).toBeInstanceOf(TRPCClientError);
  await app.broker.cluster.startNode(nodeId!);
  // Nothing was sent: it is not an item that tells.
  const back = await hook.until(({ status }) => status === 'pending', 'the return');
  expect(back.error).toBeNull();
  app.emit('gate', 'C3');
  await hook.until(({ data }) => data === 'C3', 'an item of the same stream');
  expect(app.log.count('begun gate')).toBe(1);
});

test('[70] useSubscription: an error of the generator is the status, with the last data', async () => {
  await using app = await openApp();
  const hook = app.render(() => {
    const { status, data, error } = useSubscription(useTRPC().refused.subscriptionOptions());
    return { status, data, error };
  });
  const { data, error } = await hook.until(({ status }) => status === 'error', 'the error');
  expect(error).toBeInstanceOf(TRPCClientError);
  expect([data, error?.message, error?.data?.code]).toEqual(['first', 'not for you', 'FORBIDDEN']);
});
