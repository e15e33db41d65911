/** Calls that are to fail when no server is there: before one starts, while one runs, when it has gone. */
import { TRPCClientError } from '@trpc/client';
import { isKafkaTransportError } from '@trpc-kafka/core';
import { kafkaContext } from '@trpc-kafka/link';
import { expect } from 'vitest';
import type { Connected } from '../case-context.ts';
import type { ConformanceCase } from '../conformance-case.ts';

/** Its code, or what it was answered with. */
async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    return `answered with ${JSON.stringify(await call)}`;
  } catch (error) {
    expect(error).toBeInstanceOf(TRPCClientError);
    const { cause } = error as TRPCClientError<never>;
    return isKafkaTransportError(cause) ? cause.code : String(error);
  }
}

function firstItem({ client }: Connected): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const subscription = client.streams.count.subscribe(1, {
      onData(item) {
        subscription.unsubscribe();
        resolve(item);
      },
      onError: reject,
    });
  });
}

/** Calls until it fails for want of a server: as long as one was seen lately, calls are sent, and time out. */
async function untilNoServer({ client }: Connected): Promise<void> {
  const context = kafkaContext({ timeoutMs: 250 });
  let code: string;
  do code = await codeOf(client.calls.echo.query(1, { context }));
  while (code === 'TIMEOUT');
  expect(code).toBe('NO_SERVER');
}

export const presenceCases: readonly ConformanceCase[] = [
  {
    name: 'without a server every call fails after one question for all, and none is run by a server that starts then',
    async run({ connect, serve, log }) {
      const connected = connect({ noServer: 'fail' });
      const { client, kafkaClient, emitter } = connected;
      await kafkaClient.ready();
      const mutations = Array.from({ length: 20 }, () => codeOf(client.calls.noted.mutate('refused')));
      const codes = await Promise.all([
        ...mutations,
        codeOf(client.calls.echo.query(1)),
        codeOf(firstItem(connected)),
      ]);
      expect(new Set(codes)).toEqual(new Set(['NO_SERVER']));
      expect(kafkaClient.counters().gathers).toBe(1);
      // One-way calls wait for their server, which may be away for days.
      await emitter.calls.noted('one-way');
      const waits = client.calls.noted.mutate('waited', { context: kafkaContext({ noServer: 'wait' }) });
      await serve();
      await waits;
      expect(await codeOf(client.calls.echo.query('now'))).toBe('answered with "now"');
      await log.until('one-way');
      expect(log.all().toSorted()).toEqual(['one-way', 'waited']);
    },
  },
  {
    name: 'the error says what was asked, and what to look at; a retry may succeed',
    async run({ connect, service }) {
      const { client } = connect();
      const context = kafkaContext({ noServer: 'fail' });
      const error: unknown = await client.calls.echo.query(1, { context }).catch((thrown: unknown) => thrown);
      const { cause } = error as TRPCClientError<never>;
      expect(cause).toMatchObject({ code: 'NO_SERVER', retryable: true });
      expect(cause?.message).toContain(`no server of service ${service.name} answered a hello`);
      expect(cause?.message).toMatch(/query calls\.echo was not sent.*None has answered this client yet/);
    },
  },
  {
    name: 'with a server all calls are run after one question',
    async run({ start }) {
      const connected = await start({ connect: { noServer: 'fail' } });
      const { client, kafkaClient } = connected;
      const inputs = Array.from({ length: 20 }, (_, n) => n);
      const answers = inputs.map((n) =>
        n % 2 === 0 ? client.calls.echo.query(n) : client.calls.change.mutate(n),
      );
      const item = firstItem(connected);
      expect(await Promise.all(answers)).toEqual(inputs);
      expect(await item).toBe(0);
      expect(kafkaClient.counters().gathers).toBe(1);
    },
  },
  {
    name: 'a server that is closing does not count, nor one that has gone',
    async run({ start, log }) {
      const connected = await start({ connect: { noServer: 'fail' } });
      const working = connected.client.calls.waitFor.query('the end');
      await log.until('begun the end');
      const closed = connected.handler.close({ graceMs: 60_000 });
      await untilNoServer(connected);
      log.note('the end');
      expect(await working).toBe('the end');
      await closed;
      await untilNoServer(connected);
    },
  },
  {
    name: 'a server without discovery answers no hello: it counts while its answers come',
    async run({ start }) {
      const { client } = await start({ serve: { discovery: false }, connect: { noServer: 'fail' } });
      expect(await codeOf(client.calls.echo.query(1))).toBe('NO_SERVER');
      const waits = kafkaContext({ noServer: 'wait' });
      expect(await client.calls.echo.query(2, { context: waits })).toBe(2);
      expect(await client.calls.echo.query(3)).toBe(3);
    },
  },
  {
    name: 'a call that is given up while a server is looked for is over at once, and a client that closes waits for none',
    async run({ connect }) {
      const { client, kafkaClient } = connect({ noServer: 'fail' });
      await kafkaClient.ready();
      const controller = new AbortController();
      const call = client.calls.echo.query(1, { signal: controller.signal }).catch((error: Error) => error);
      controller.abort();
      expect((await call) as Error).toMatchObject({ cause: { name: 'AbortError' } });
      const other = codeOf(client.calls.echo.query(2));
      await kafkaClient.close();
      expect(await other).toBe('CLIENT_CLOSED');
      expect(kafkaClient.counters().cancels).toBe(0);
    },
  },
];
