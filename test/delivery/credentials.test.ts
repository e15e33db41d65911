/** Passwords that are changed while a service runs: `sasl` of kafkajs is asked for the present one at each connection. */
import type { KafkaHandlerEvent } from '@trpc-kafka/adapter';
import { isKafkaTransportError } from '@trpc-kafka/core';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import type { KafkaConfig } from 'kafkajs';
import { expect, test } from 'vitest';
import { createCaseContext } from '../conformance/case-context.ts';
import { createCollector } from '../support/collector.ts';
import { startSaslFront } from '../support/sasl-front.ts';
import { untilDone } from './support/telling-call.ts';

type Sasl = NonNullable<KafkaConfig['sasl']>;

/** The ways in which a function can give kafkajs credentials. */
const ways: Readonly<Record<string, (password: () => string) => Sasl>> = {
  'a getter': (password) => ({
    mechanism: 'plain',
    username: 'checkout',
    get password() {
      return password();
    },
  }),
  'an authenticationProvider, which may ask somebody': (password) => ({
    mechanism: 'plain',
    authenticationProvider: ({ saslAuthenticate }) => ({
      async authenticate() {
        const current = await Promise.resolve(password());
        // RFC 4616, with Kafka's length before it.
        const text = Buffer.from(`\0checkout\0${current}`);
        const length = Buffer.alloc(4);
        length.writeInt32BE(text.length);
        await saslAuthenticate({ request: { encode: () => Buffer.concat([length, text]) } });
      },
    }),
  }),
};

function isRefusal(event: KafkaHandlerEvent): boolean {
  if (event.type !== 'driver' || event.event.type !== 'group-failed') return false;
  const { error } = event.event;
  return isKafkaTransportError(error) && error.code === 'AUTHENTICATION_FAILED';
}

test.concurrent.each(Object.entries(ways))(
  'credentials that come from %s are changed unnoticed; those that are late are told, and used when they are there',
  async (_way, saslOf) => {
    await using broker = await createDevBroker();
    await using front = await startSaslFront(broker.brokers[0]!, 'first');
    let password = 'first';
    const { socketFactory } = front;
    const sasl = (): Sasl => saslOf(() => password);
    await using context = createCaseContext(broker.brokers, { kafkaConfig: { socketFactory, sasl: sasl() } });
    const { client, emitter, handler } = await context.start({ connect: { retryDelayMs: () => 100 } });
    const events = createCollector<KafkaHandlerEvent>();
    handler.on((event) => events.add(event));

    const running = client.calls.waitFor.query('changed');
    await context.log.until('begun changed');
    password = 'second';
    front.demand('second');
    front.cut();
    context.log.note('changed');
    expect(await running).toBe('changed');
    expect(await client.calls.echo.query('after')).toBe('after');
    expect(front.answers.items).not.toContain(false);

    front.demand('third');
    front.cut();
    await expect(client.calls.echo.query('refused')).rejects.toMatchObject({
      cause: { code: 'AUTHENTICATION_FAILED', message: expect.stringContaining('check the sasl settings') },
    });
    await events.until((all) => all.some(isRefusal), 'the refusal to be told');
    password = 'third';
    await untilDone(() => client.calls.echo.query('again'), ['AUTHENTICATION_FAILED']);
    await untilDone(() => emitter.calls.noted('one-way'), ['AUTHENTICATION_FAILED']);
    await context.log.until('one-way');
  },
  60_000,
);
