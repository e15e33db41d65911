/** Items 1 to 13 of the contract: what tRPC's client may expect of the link when it makes calls. */
import { createTRPCClient, splitLink, TRPCClientError } from '@trpc/client';
import { kafkaContext, kafkaLink } from '@trpc-kafka/link';
import superjson from 'superjson';
import { expect } from 'vitest';
import type { TestRouter } from '../conformance/test-router.ts';
import { errorOf } from '../support/call-error.ts';
import { createCaseTest } from './support/case-test.ts';
import { operation, runLink } from './support/link-probe.ts';
import { startRawServer } from './support/raw-server.ts';
import { collectUncaught } from './support/uncaught.ts';

const test = await createCaseTest();

async function causeName(call: Promise<unknown>): Promise<string | undefined> {
  const error = await errorOf(call);
  expect(error).toBeInstanceOf(TRPCClientError);
  return (error as TRPCClientError<TestRouter>).cause?.name;
}

test('[1] the link ends the chain: it asks no other link', async ({ start }) => {
  const { kafkaClient } = await start();
  const probe = runLink(
    kafkaClient,
    operation({ path: 'calls.echo', input: superjson.serialize(1) }),
  ).subscribe();
  expect(await probe.ended()).toContain('complete');
});

test('[2] two links share one client, which connects once', async ({ serve, connect }) => {
  await serve();
  const events: string[] = [];
  const { kafkaClient } = connect({ onOpen: () => events.push('open') });
  const link = () => kafkaLink<TestRouter>({ client: kafkaClient, transformer: superjson });
  const client = createTRPCClient<TestRouter>({
    links: [splitLink({ condition: ({ type }) => type === 'query', true: link(), false: link() })],
  });
  const inboxes = new Set<string>();
  for (let n = 0; n < 3; n++) inboxes.add((await client.calls.whereAmI.query()).req.from);
  expect(await client.calls.change.mutate('other link')).toBe('other link');
  expect([inboxes.size, events, kafkaClient.counters().calls]).toEqual([1, ['open'], 4]);
});

test('[3] a result is one next and then complete', async ({ start }) => {
  const { kafkaClient } = await start();
  const probe = runLink(kafkaClient, operation({ path: 'calls.echo', input: [1, undefined] })).subscribe();
  expect(await probe.ended()).toEqual([
    { next: { result: { type: 'data', data: [1, undefined] }, context: expect.anything() } },
    'complete',
  ]);
});

test('[4] operations with the same id are different calls', async (context) => {
  const { kafkaClient } = context.connect();
  await kafkaClient.ready();
  const server = await startRawServer(context);
  const probes = ['a', 'b'].map((input) =>
    runLink(kafkaClient, operation({ id: 1, path: 'calls.echo', input })).subscribe(),
  );
  const requests = await server.requests.count(2);
  expect(new Set(requests.map(({ id }) => id)).size).toBe(2);
  for (const request of requests) {
    await server.reply(request, { id: request.id, result: { data: request.params.input } });
  }
  const told = await Promise.all(probes.map((probe) => probe.ended()));
  expect(told.map(([first]) => first)).toMatchObject(
    ['a', 'b'].map((data) => ({ next: { result: { data } } })),
  );
});

test('[4] clients of two processes have the same counters and different inboxes', async (context) => {
  const clients = [context.connect(), context.connect()];
  await Promise.all(clients.map(({ kafkaClient }) => kafkaClient.ready()));
  const server = await startRawServer(context);
  const calls = clients.map(({ client }, n) => client.calls.echo.query(n));
  const requests = await server.requests.count(2);
  expect(new Set(requests.map(({ id }) => id)).size).toBe(1);
  expect(new Set(requests.map(({ replyTo }) => replyTo.inboxId)).size).toBe(2);
  for (const request of requests) {
    await server.reply(request, { id: request.id, result: { data: request.params.input } });
  }
  expect(await Promise.all(calls)).toEqual([0, 1]);
});

test('[5] the operation is left as it is', async ({ start }) => {
  const { kafkaClient } = await start();
  const input = Object.freeze({ when: Object.freeze(new Date(0)) });
  const context = Object.freeze(kafkaContext({ key: 'k' }));
  const op = Object.freeze(operation({ path: 'calls.echo', input, context }));
  const results = runLink(kafkaClient, op);
  for (const probe of [results.subscribe(), results.subscribe()]) {
    expect((await probe.ended())[0]).toMatchObject({ next: { result: { data: { when: new Date(0) } } } });
  }
  expect(op).toEqual({ ...operation({ path: 'calls.echo' }), input: { when: new Date(0) }, context });
});

test('[6] nothing is sent before somebody subscribes, and each subscriber has a call of its own', async (context) => {
  const { kafkaClient } = context.connect();
  await kafkaClient.ready();
  const server = await startRawServer(context);
  const results = runLink(kafkaClient, operation({ path: 'calls.echo' }));
  expect(kafkaClient.counters().calls).toBe(0);
  const first = results.subscribe();
  const [old] = await server.requests.count(1);
  first.subscription.unsubscribe();
  const second = results.subscribe();
  const [, fresh] = await server.requests.count(2);
  expect(fresh!.id).not.toBe(old!.id);
  // The late reply to the first attempt is written, and so read, before that to the second.
  await server.reply(old!, { id: old!.id, result: { data: superjson.serialize('late') } });
  await server.reply(fresh!, { id: fresh!.id, result: { data: superjson.serialize('own') } });
  expect((await second.ended())[0]).toMatchObject({ next: { result: { data: 'own' } } });
  expect(first.told.items).toEqual([]);
  expect(kafkaClient.counters().lateReplies).toBe(1);
});

test('[7] replies may come in any order', async (context) => {
  const { client, kafkaClient } = context.connect();
  await kafkaClient.ready();
  const server = await startRawServer(context);
  const numbers = [0, 1, 2, 3, 4];
  const settled: number[] = [];
  const calls = numbers.map(async (n) => {
    const answer = await client.calls.echo.query(n);
    settled.push(n);
    return answer;
  });
  const requests = [...(await server.requests.count(numbers.length))];
  requests.sort((a, b) => Number(b.id) - Number(a.id));
  for (const request of requests) {
    await server.reply(request, { id: request.id, result: { data: request.params.input } });
  }
  expect(await Promise.all(calls)).toEqual(numbers);
  expect(settled).toEqual([4, 3, 2, 1, 0]);
});

test('[8] replies that are unknown or come again are dropped, and counted', async (context) => {
  const { client, kafkaClient } = context.connect();
  await kafkaClient.ready();
  const server = await startRawServer(context);
  const call = client.calls.echo.query('first');
  const [request] = await server.requests.count(1);
  await server.reply(request!, { id: 4711, result: { data: superjson.serialize('unknown') } });
  await server.reply(request!, { id: request!.id, result: { data: superjson.serialize('answer') } });
  await server.reply(request!, { id: request!.id, result: { data: superjson.serialize('again') } });
  expect(await call).toBe('answer');
  const other = client.calls.echo.query('second');
  const [, next] = await server.requests.count(2);
  await server.reply(next!, { id: next!.id, result: { data: next!.params.input } });
  expect(await other).toBe('second');
  expect(kafkaClient.counters().lateReplies).toBe(2);
});

test('[9] a signal that is aborted already: nothing is sent', async ({ start }) => {
  const { client, kafkaClient } = await start();
  const signal = AbortSignal.abort();
  expect(await causeName(client.calls.echo.query(1, { signal }))).toBe('AbortError');
  const told: string[] = [];
  client.streams.idle.subscribe(undefined, { signal, onComplete: () => told.push('complete') });
  expect([told, kafkaClient.counters().calls]).toEqual([['complete'], 0]);
});

test('[10] an abort in flight rejects with an AbortError, and no listener stays on the signal', async ({
  start,
  log,
}) => {
  const { client } = await start();
  const controller = new AbortController();
  const listeners = countListeners(controller.signal);
  const call = causeName(client.calls.hang.query('a', { signal: controller.signal }));
  await log.until('begun a');
  controller.abort();
  expect(await call).toBe('AbortError');
  const answered = new AbortController();
  const listenersOfAnswered = countListeners(answered.signal);
  await client.calls.echo.query(1, { signal: answered.signal });
  expect([listeners(), listenersOfAnswered()]).toEqual([0, 0]);
});

/** Counts the listeners of a signal from now on; those that were called once are gone. */
function countListeners(signal: AbortSignal): () => number {
  const listeners = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners.add(args[1]);
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners.delete(args[1]);
    remove(...args);
  };
  return () => listeners.size;
}

test('[11] the server hears of an aborted query and of an aborted mutation', async ({ start, log }) => {
  const { client } = await start();
  const controller = new AbortController();
  const { signal } = controller;
  const calls = [client.calls.hang.query('q', { signal }), client.calls.hangMutation.mutate('m', { signal })];
  const names = calls.map(causeName);
  await Promise.all([log.until('begun q'), log.until('begun m')]);
  controller.abort();
  await Promise.all([log.until('aborted q'), log.until('aborted m')]);
  expect(await Promise.all(names)).toEqual(['AbortError', 'AbortError']);
});

test('[12] unsubscribing before the result cancels the call at the server', async ({ start, log }) => {
  const { kafkaClient } = await start();
  const probe = runLink(kafkaClient, operation({ path: 'calls.hang', input: 'left' })).subscribe();
  await log.until('begun left');
  probe.subscription.unsubscribe();
  await log.until('aborted left');
  expect([probe.told.items, kafkaClient.counters().cancels]).toEqual([[], 1]);
});

test('[13] a callback that throws disturbs neither its own subscription nor another call', async ({
  start,
}) => {
  const { client } = await start();
  const told: unknown[] = [];
  const fail = (what: string) => {
    told.push(what);
    throw new Error(what);
  };
  const uncaught = await collectUncaught(async () => {
    await new Promise<void>((resolve) => {
      client.streams.count.subscribe(2, {
        onConnectionStateChange: ({ state }) => fail(state),
        onStarted: () => fail('started'),
        onData: (n) => fail(`item ${n}`),
        onStopped: () => fail('stopped'),
        onComplete: () => {
          resolve();
          fail('complete');
        },
      });
    });
    await new Promise<void>((resolve) => {
      client.streams.refused.subscribe(undefined, {
        onError: () => {
          resolve();
          fail('error');
        },
      });
    });
    expect(await client.calls.echo.query('after')).toBe('after');
  });
  const expected = ['pending', 'started', 'item 0', 'item 1', 'stopped', 'complete', 'error'];
  expect(told).toEqual(expected);
  expect(uncaught.map((error) => (error as Error).message)).toEqual(expected);
});

test('[13] onOpen and onError of a client that throw do not keep it from connecting', async ({
  serve,
  connect,
}) => {
  await serve();
  let attempts = 0;
  const uncaught = await collectUncaught(async () => {
    const { client } = connect({
      retryDelayMs: () => 0,
      connectionParams: () => {
        if (attempts++ === 0) throw new Error('no token yet');
        return { token: 't' };
      },
      onError: () => {
        throw new Error('thrown by onError');
      },
      onOpen: () => {
        throw new Error('thrown by onOpen');
      },
    });
    expect(await client.calls.echo.query('connected')).toBe('connected');
  });
  expect(uncaught).toEqual([new Error('thrown by onError'), new Error('thrown by onOpen')]);
});

test('[13] an onComplete that throws when the client closes does not keep it from closing', async ({
  start,
  log,
}) => {
  const { client, kafkaClient } = await start();
  const uncaught = await collectUncaught(async () => {
    client.streams.idle.subscribe(undefined, {
      onData: () => log.note('item'),
      onComplete: () => {
        throw new Error('thrown by onComplete');
      },
    });
    await log.until('item');
    await kafkaClient.close();
  });
  expect(uncaught).toEqual([new Error('thrown by onComplete')]);
});
