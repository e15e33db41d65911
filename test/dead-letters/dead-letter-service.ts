/** A service whose one-way calls become dead letters, until it is mended. */
import { initTRPC, TRPCError } from '@trpc/server';
import { applyKafkaHandler } from '@trpc-kafka/adapter';
import { defineKafkaService, type KafkaService } from '@trpc-kafka/core';
import { createKafkaClient, createKafkaEmitter } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { z } from 'zod';
import { createEventLog, type EventLog } from '../support/event-log.ts';
import { uniqueName } from '../support/unique-name.ts';

const t = initTRPC.create();

function createRouter(log: EventLog, isMended: () => boolean) {
  const audit = t.procedure.input(z.string()).mutation(({ input }) => {
    if (!isMended()) throw new TRPCError({ code: 'NOT_FOUND', message: `no ledger for ${input}` });
    log.note(input);
  });
  return t.router({ bookings: t.router({ audit }), flights: t.router({ audit }) });
}

export type DeadLetterRouter = ReturnType<typeof createRouter>;

export interface DeadLetterService extends AsyncDisposable {
  readonly service: KafkaService;
  readonly createKafka: () => Kafka;
  /** What was carried out since it was mended. */
  readonly log: EventLog;
  /** Sends one-way calls to `bookings.audit` and waits until all of them are dead letters. */
  fail(...names: string[]): Promise<void>;
  failFlights(name: string): Promise<void>;
  mend(): void;
}

export async function startDeadLetterService(brokers: readonly string[]): Promise<DeadLetterService> {
  const name = uniqueName('letters');
  const service = defineKafkaService({ name, topics: { deadLetter: { partitions: 2 } } });
  const createKafka = (): Kafka => new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const log = createEventLog();
  let mended = false;
  const handler = applyKafkaHandler({
    kafka: createKafka(),
    service,
    router: createRouter(log, () => mended),
  });
  const dead = createEventLog();
  let letters = 0;
  handler.on((event) => event.type === 'dead-lettered' && dead.note(String(++letters)));
  await handler.ready();
  const client = createKafkaClient({ kafka: createKafka(), service });
  const emitter = createKafkaEmitter<DeadLetterRouter>({ client });
  let sent = 0;
  return {
    service,
    createKafka,
    log,
    async fail(...names) {
      const headers = { tenant: 'de', authorization: 'Bearer secret' };
      await Promise.all(names.map((each) => emitter.bookings.audit(each, { key: each, headers })));
      sent += names.length;
      await dead.until(String(sent));
    },
    async failFlights(each) {
      await emitter.flights.audit(each);
      await dead.until(String(++sent));
    },
    mend() {
      mended = true;
    },
    async [Symbol.asyncDispose]() {
      await client.close({ graceMs: 0 });
      await handler.close({ graceMs: 0 });
    },
  };
}
