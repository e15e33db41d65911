import { createTRPCClient, TRPCClientError } from '@trpc/client';
import type { RecordInterceptor } from '@trpc-kafka/core';
import { createDevBroker, type DevBroker } from '@trpc-kafka/dev-broker';
import { createKafkaClient, kafkaBatchLink, kafkaContext, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { AppRouter } from '../src/router.js';
import { serve } from '../src/serve.js';
import { signCalls } from '../src/sign-calls.js';
import { nameCall, signClaims } from '../src/token.js';

const secrets = new Map([
  ['operations', 'secret of operations'],
  ['checkout', 'secret of checkout'],
]);
let broker: DevBroker;
let kafka: Kafka;
let close: () => Promise<void>;

beforeAll(async () => {
  broker = await createDevBroker();
  kafka = new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING });
  const handler = serve(kafka, secrets);
  close = async () => {
    await handler.close();
    await broker.close();
  };
  await handler.ready();
});

afterAll(() => close());

function connect(interceptors: readonly RecordInterceptor[], { batches = false } = {}) {
  const client = createKafkaClient({ kafka, service: 'flights', interceptors });
  onTestFinished(() => client.close());
  return createTRPCClient<AppRouter>({
    links: [batches ? kafkaBatchLink({ client }) : kafkaLink({ client })],
  });
}

const signed = (caller: string, validMs = 60_000): RecordInterceptor =>
  signCalls({ caller, secret: secrets.get(caller)!, validMs });

async function codeOf(call: Promise<unknown>): Promise<string> {
  const outcome = await call.catch((error: unknown) => error);
  return outcome instanceof TRPCClientError ? (outcome.data as { code: string }).code : 'OK';
}

test('a caller is who has signed, for calls, subscriptions and records with many calls', async () => {
  const client = connect([signed('operations')]);
  expect(await client.whoAmI.query()).toBe('operations');
  expect(await client.cancelFlight.mutate()).toBe('cancelled');
  const items: string[] = [];
  await new Promise<void>((resolve, reject) => {
    client.countdown.subscribe(undefined, {
      onData: (item) => items.push(item),
      onComplete: resolve,
      onError: reject,
    });
  });
  expect(items).toEqual(['2 for operations', '1 for operations', '0 for operations']);
  const many = connect([signed('checkout')], { batches: true });
  expect(await Promise.all([many.whoAmI.query(), many.whoAmI.query()])).toEqual(['checkout', 'checkout']);
});

test('what a caller may is for the router to say', async () => {
  expect(await codeOf(connect([signed('checkout')]).cancelFlight.mutate())).toBe('FORBIDDEN');
});

test('nobody gets in without a token, with a forged one, or with one that was too old when it was sent', async () => {
  const forged = signCalls({ caller: 'operations', secret: 'a guess' });
  const stranger = signCalls({ caller: 'stranger', secret: 'of no caller' });
  const attempts: readonly (readonly RecordInterceptor[])[] = [
    [],
    [forged],
    [stranger],
    [signed('operations', -60_000)],
  ];
  for (const attempt of attempts) {
    expect(await codeOf(connect(attempt).cancelFlight.mutate())).toBe('UNAUTHORIZED');
  }
});

test.each(['', '.', 'rubbish', 'bnVsbA.', '.bnVsbA', 'e30.e30', 'a.b.c', '\u{1F600}.\u{1F600}'])(
  'a token "%s" is none',
  async (token) => {
    const rubbish: RecordInterceptor = {
      beforeSend({ headers }) {
        headers['authorization'] = token;
      },
    };
    expect(await codeOf(connect([rubbish]).whoAmI.query())).toBe('UNAUTHORIZED');
  },
);

test('a token is good for its call only: not for another procedure, nor for the same one again', async () => {
  const secret = secrets.get('operations')!;
  const about = (change: { path?: string; id?: string }): RecordInterceptor => ({
    beforeSend({ calls, headers }) {
      const names = calls.map((call) => nameCall({ ...call, ...change }));
      headers['authorization'] = signClaims(
        { caller: 'operations', expiresAtMs: Date.now() + 60_000, calls: names },
        secret,
      );
    },
  });
  expect(await codeOf(connect([about({})]).cancelFlight.mutate())).toBe('OK');
  expect(await codeOf(connect([about({ path: 'whoAmI' })]).cancelFlight.mutate())).toBe('UNAUTHORIZED');
  expect(await codeOf(connect([about({ id: 'earlier' })]).cancelFlight.mutate())).toBe('UNAUTHORIZED');
});

test('who says by himself who he is has said nothing', async () => {
  const client = connect([signed('checkout')]);
  const context = kafkaContext({ headers: { 'x-caller': 'operations' } });
  expect(await client.whoAmI.query(undefined, { context })).toBe('checkout');
});

test('a key is its caller’s own: another one with the same key gets no outcome of his', async () => {
  const context = kafkaContext({ idempotencyKey: 'the same' });
  const [operations, checkout] = [connect([signed('operations')]), connect([signed('checkout')])];
  expect(await operations.cancelFlight.mutate(undefined, { context })).toBe('cancelled');
  expect(await codeOf(checkout.cancelFlight.mutate(undefined, { context }))).toBe('FORBIDDEN');
});
