import assert from 'node:assert/strict';
import { once } from 'node:events';
import { TRPCClientError } from '@trpc/client';
import { TRPCError } from '@trpc/server';
import { isKafkaTransportError } from '@trpc-kafka/core';
import { kafkaContext } from '@trpc-kafka/link';
import { withAirline } from '../airline.js';
import type { AppCase } from '../app-case.js';
import { audits, type FlightsRouter } from '../flights-router.js';

type ClientError = TRPCClientError<FlightsRouter>;

async function clientErrorOf(call: Promise<unknown>): Promise<ClientError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  // The application's own class: another copy of @trpc/client would have made an error that is none of ours.
  assert.ok(error instanceof TRPCClientError, `${String(error)} is a TRPCClientError`);
  return error as ClientError;
}

/** Calls, their errors, and one-way calls. */
export const cases: readonly AppCase[] = [
  {
    name: 'queries and mutations are answered, with a context made of the headers',
    run: () =>
      withAirline(async ({ client }) => {
        assert.deepEqual(await client.byNumber.query('LH400'), { number: 'LH400', from: 'FRA' });
        assert.equal(await client.book.mutate({ seats: 2 }), '2 seats');
        assert.equal(await client.whoami.query(), 'ada');
      }),
  },
  {
    name: 'a TRPCError of the router is a TRPCError to onError and a TRPCClientError with its shape to the caller',
    run: () =>
      withAirline(async ({ client, errors }) => {
        const { message, data } = await clientErrorOf(client.byNumber.query('XX1'));
        assert.deepEqual([message, data?.code, data?.ofUser], ['no flight XX1', 'NOT_FOUND', 'none']);
        assert.ok(errors.length === 1 && errors[0] instanceof TRPCError);
      }),
  },
  {
    name: 'an error that the transport makes of an unknown path is a TRPCError of the application, too',
    run: () =>
      withAirline(async ({ client, errors }) => {
        const untyped = client as unknown as { nowhere: { query(): Promise<unknown> } };
        assert.equal((await clientErrorOf(untyped.nowhere.query())).data?.code, 'NOT_FOUND');
        assert.ok(errors[0] instanceof TRPCError);
      }),
  },
  {
    name: 'an input that does not validate has the cause that the error formatter looks for',
    run: () =>
      withAirline(async ({ client }) => {
        const { data } = await clientErrorOf(client.book.mutate({ seats: 10 }));
        assert.deepEqual([data?.code, data?.ofUser], ['BAD_REQUEST', 'input']);
      }),
  },
  {
    name: 'a failure of the transport is a TRPCClientError with the transport error as its cause',
    run: () =>
      withAirline(async ({ client, kafkaClient }) => {
        await client.whoami.query(undefined, { context: kafkaContext({ timeoutMs: 20_000 }) });
        await kafkaClient.close();
        const { cause } = await clientErrorOf(client.whoami.query());
        assert.ok(isKafkaTransportError(cause) && cause.code === 'CLIENT_CLOSED');
      }),
  },
  {
    name: 'one-way calls are carried out',
    run: () =>
      withAirline(async ({ emitter }) => {
        const audited = once(audits, 'audit');
        const { topic } = await emitter.audit('booked', { key: 'LH400' });
        assert.deepEqual([topic, await audited], ['flights.one-way', ['booked']]);
      }),
  },
];
