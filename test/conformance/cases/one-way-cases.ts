/** Calls nobody waits for. */
import type { Kafka } from 'kafkajs';
import { expect } from 'vitest';
import type { ConformanceCase } from '../conformance-case.ts';
import { readRecordAt } from '../record-reader.ts';

/** The first record of a topic's only partition. */
async function readFirst(
  kafka: Kafka,
  topic: string,
): Promise<{ value: Buffer | null; headers: Record<string, string> }> {
  const consumer = kafka.consumer({ groupId: `${topic}-reader` });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    return await new Promise((resolve, reject) => {
      consumer
        .run({
          eachMessage: async ({ message }) => {
            const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [
              name,
              String(value),
            ]);
            resolve({ value: message.value, headers: Object.fromEntries(headers) });
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
}

export const oneWayCases: readonly ConformanceCase[] = [
  {
    name: 'is done when the brokers have it, and carried out',
    async run({ start, log, service }) {
      const { emitter } = await start();
      const position = await emitter.calls.noted('hello', { key: 'k' });
      expect(position).toMatchObject({ topic: service.topics.oneWay.topic, offset: 0 });
      await log.until('hello');
    },
  },
  {
    name: 'waits for a server that is not there yet',
    async run({ serve, connect, log }) {
      const { emitter } = connect();
      await emitter.calls.noted('early');
      await serve();
      await log.until('early');
    },
  },
  {
    name: 'is tried again when it fails, and says which attempt it is',
    async run({ start, log }) {
      const { emitter, handler } = await start({ serve: { oneWay: { initialDelayMs: 1 } } });
      await emitter.calls.flaky({ name: 'third time', fails: 2 });
      await log.until('third time');
      expect(log.all()).toEqual(['attempt 1', 'attempt 2', 'attempt 3', 'third time']);
      expect(handler.counters()).toMatchObject({ retries: 2, deadLetters: 0 });
    },
  },
  {
    name: 'goes to the dead letters as it was when it has failed too often',
    async run({ start, createKafka, service, log }) {
      const { emitter } = await start({ serve: { oneWay: { attempts: 2, initialDelayMs: 1 } } });
      const position = await emitter.calls.flaky(
        { name: 'never', fails: 9 },
        { headers: { 'x-tenant': 'acme', authorization: 'secret' } },
      );
      const letter = await readFirst(createKafka(), service.topics.deadLetter.topic);
      expect(letter.value).toEqual((await readRecordAt(createKafka(), position)).value);
      expect(letter.headers['trpc-kafka-dead-letter']).toMatch(
        new RegExp(
          `^code=INTERNAL_SERVER_ERROR;topic=${position.topic};partition=${position.partition};offset=${position.offset};attempts=2;at=\\d+$`,
        ),
      );
      expect(letter.headers).toMatchObject({
        'trpc-kafka-dead-letter-message': 'not yet',
        'x-tenant': 'acme',
      });
      expect(letter.headers['authorization']).toBeUndefined();
      expect(log.count('attempt 2')).toBe(1);
    },
  },
  {
    name: 'is tried as often as its procedure says, whatever the handler does for others',
    async run({ start, createKafka, service, log }) {
      const { emitter } = await start({ serve: { oneWay: { attempts: 1 } } });
      await emitter.calls.hopeless('never');
      const letter = await readFirst(createKafka(), service.topics.deadLetter.topic);
      expect(letter.headers['trpc-kafka-dead-letter']).toMatch(/;attempts=3;/);
      expect(log.all()).toEqual(['attempt 1', 'attempt 2', 'attempt 3']);
    },
  },
  {
    name: 'is not tried again when that cannot help, and others behind it go on',
    async run({ start, log, createKafka, service }) {
      const { emitter } = await start();
      await emitter.calls.flaky({ name: 'wrong' } as never, { key: 'k' });
      await emitter.calls.noted('behind', { key: 'k' });
      await log.until('behind');
      const letter = await readFirst(createKafka(), service.topics.deadLetter.topic);
      expect(letter.headers['trpc-kafka-dead-letter']).toMatch(/^code=BAD_REQUEST;.*attempts=1;/);
    },
  },
  {
    name: 'is carried out by the next handler when its own is closed before it is done',
    async run({ start, serve, log }) {
      const { emitter, handler } = await start();
      await emitter.calls.hangMutation('interrupted');
      await log.until('begun interrupted');
      await handler.close({ graceMs: 0 });
      expect(log.count('aborted interrupted')).toBe(1);
      await serve();
      await log.until('begun interrupted', 2);
    },
  },
  {
    name: 'calls of one key keep their order of arrival',
    async run({ start, log }) {
      const { emitter } = await start();
      const names = Array.from({ length: 20 }, (_, n) => `note ${n}`);
      for (const name of names) await emitter.calls.noted(name, { key: 'k' });
      await log.until('note 19');
      expect(log.all()).toEqual(names);
    },
  },
  {
    name: 'calls of one key that are sent at once keep their order, and each has its own place',
    async run({ start, log }) {
      const { emitter } = await start();
      const names = Array.from({ length: 100 }, (_, n) => `note ${n}`);
      const positions = await Promise.all(names.map((name) => emitter.calls.noted(name, { key: 'k' })));
      expect(new Set(positions.map(({ partition }) => partition)).size).toBe(1);
      expect(positions.map(({ offset }) => offset)).toEqual(names.map((_, n) => n));
      await Promise.all(names.map((name) => log.until(name)));
      expect(log.all()).toEqual(names);
    },
  },
  {
    name: 'one that has expired is not carried out',
    async run({ serve, connect, log }) {
      const { emitter, client } = connect();
      await emitter.calls.noted('stale', { key: 'k', expiresMs: 1 });
      await expect(client.calls.echo.query(1, { context: { kafka: { timeoutMs: 50 } } })).rejects.toThrow(
        'TIMEOUT',
      );
      await emitter.calls.noted('fresh', { key: 'k' });
      await serve();
      await log.until('fresh');
      expect(log.all()).toEqual(['fresh']);
    },
  },
];
