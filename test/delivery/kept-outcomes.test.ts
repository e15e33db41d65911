/** Outcomes that are kept in a topic hold over a crash and across instances: what was carried out is not carried out again. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTRPCClient, TRPCClientError } from '@trpc/client';
import { applyKafkaHandler, type KafkaHandler } from '@trpc-kafka/adapter';
import { isKafkaTransportError } from '@trpc-kafka/core';
import { createKafkaClient, createKafkaEmitter, kafkaContext, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { afterEach, describe, expect, test } from 'vitest';
import { targets } from '../support/broker-targets.ts';
import { forkFixture } from '../support/forked-process.ts';
import { uniqueName } from '../support/unique-name.ts';
import { type BookingRouter, createBookingRouter } from './fixtures/booking-router.ts';

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface World {
  readonly service: string;
  readonly file: string;
  readonly brokers: readonly string[];
}

async function createWorld(brokers: readonly string[]): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'outcomes-'));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  const service = uniqueName('outcomes');
  return { service, file: join(folder, 'bookings'), brokers };
}

const createKafka = ({ brokers }: World): Kafka =>
  new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });

function connect(world: World) {
  const { service } = world;
  const client = createKafkaClient({
    kafka: createKafka(world),
    service,
    app: `${service}-app`,
    timeoutMs: 45_000,
  });
  cleanUps.push(() => client.close());
  return {
    client: createTRPCClient<BookingRouter>({ links: [kafkaLink<BookingRouter>({ client })] }),
    emitter: createKafkaEmitter<BookingRouter>({ client }),
  };
}

async function serve(world: World, by: string): Promise<KafkaHandler> {
  const handler = applyKafkaHandler({
    kafka: createKafka(world),
    service: world.service,
    router: createBookingRouter(world.file, by),
    duplicates: { store: 'topic' },
  });
  cleanUps.push(() => handler.close({ graceMs: 0 }));
  await handler.ready();
  return handler;
}

async function bookings({ file }: World): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').filter(Boolean).sort();
}

async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof TRPCClientError) || !isKafkaTransportError(error.cause)) throw error;
    return error.cause.code;
  }
}

const keyed = (idempotencyKey: string) => ({ context: kafkaContext({ idempotencyKey }) });

describe.each(targets)('on $name', ({ skip, open }) => {
  test.skipIf(skip)(
    'a server is killed between the keeping of outcomes and the answers: others answer, and carry nothing out again',
    async () => {
      const target = await open();
      cleanUps.push(() => target.close());
      const world = await createWorld(target.brokers);
      const first = forkFixture(new URL('./fixtures/booking-server.ts', import.meta.url), [
        world.service,
        world.file,
        ...world.brokers,
      ]);
      cleanUps.push(() => first.process.kill('SIGKILL'));
      await first.heard('ready');
      const { client, emitter } = connect(world);
      const withKey = outcomeOf(client.book.mutate('with a key', keyed('order-1')));
      // Of another client, since replies for one inbox wait for each other.
      const without = outcomeOf(connect(world).client.book.mutate('without'));
      const cutShort = outcomeOf(client.hang.mutate('cut short'));
      await emitter.book('one-way', { idempotencyKey: 'order-2' });
      await first.heard('about to answer', 'about to answer', 'begun cut short');
      await expect.poll(() => bookings(world), { timeout: 20_000 }).toContain('one-way by the first');
      first.process.kill('SIGKILL');
      const second = await serve(world, 'the second');
      expect(await withKey).toBe('with a key by the first');
      // Found by its id: without the outcome it would be MAYBE_EXECUTED, as is what did not come to its end.
      expect(await without).toBe('without by the first');
      expect(await cutShort).toBe('MAYBE_EXECUTED');
      const other = connect(world);
      expect(await outcomeOf(other.client.book.mutate('with a key', keyed('order-1')))).toBe(
        'with a key by the first',
      );
      await second.close();
      const third = await serve(world, 'the third');
      expect(await outcomeOf(other.client.book.mutate('with a key', keyed('order-1')))).toBe(
        'with a key by the first',
      );
      expect(third.counters()).toMatchObject({ duplicates: 1, outcomesLost: 0 });
      const all = await bookings(world);
      expect(all.filter((line) => !line.startsWith('one-way'))).toEqual([
        'cut short by the first',
        'with a key by the first',
        'without by the first',
      ]);
    },
    90_000,
  );

  test.skipIf(skip)(
    'instances that come and go know what the others have done, of one-way calls as well',
    async () => {
      const target = await open();
      cleanUps.push(() => target.close());
      const world = await createWorld(target.brokers);
      const first = await serve(world, 'the first');
      const { client, emitter } = connect(world);
      const keys = Array.from({ length: 20 }, (_, n) => `order-${n}`);
      const book = (): Promise<unknown[]> =>
        Promise.all(keys.map((key) => client.book.mutate(key, keyed(key))));
      const done = keys.map((key) => `${key} by the first`);
      expect(await book()).toEqual(done);
      await emitter.book('audit', { idempotencyKey: 'audit' });
      await expect.poll(() => bookings(world), { timeout: 20_000 }).toContain('audit by the first');
      const second = await serve(world, 'the second');
      expect(await book()).toEqual(done);
      await first.close();
      expect(await book()).toEqual(done);
      await emitter.book('audit', { idempotencyKey: 'audit' });
      await expect.poll(() => second.counters().duplicates, { timeout: 20_000 }).toBeGreaterThan(20);
      expect(await bookings(world)).toEqual([...done, 'audit by the first'].sort());
    },
    60_000,
  );
});
