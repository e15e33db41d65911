import { initTRPC, type TRPCError } from '@trpc/server';
import type { IncomingRecord, KafkaMeta, RecordInterceptor } from '@trpc-kafka/core';
import {
  type CallMessage,
  createCounters,
  encodeEnvelope,
  formatSender,
  joinEnvelopes,
  jsonOnly,
  readRecord,
  recordHeader,
} from '@trpc-kafka/core/internal';
import { describe, expect, test } from 'vitest';
import { createProcedureOptions } from '../calls/procedure-options.js';
import { callKey, type ServedCall } from '../calls/served-call.js';
import { handlerCounterNames } from '../options.js';
import type { Replier } from '../replies/replier.js';
import { createGatherIntake } from './gather-intake.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const caller = 'C'.repeat(22);
const replyTo = { topic: 'checkout.replies', partition: 0, inboxId: caller };

const t = initTRPC.meta<KafkaMeta>().create();
const router = t.router({
  open: t.procedure.meta({ kafka: { gather: true } }).query(() => 1),
  closed: t.procedure.query(() => 1),
  change: t.procedure.mutation(() => 1),
});

interface IntakeSettings {
  readonly maxConcurrentCalls?: number;
  readonly interceptors?: readonly RecordInterceptor[];
}

/** An intake whose records, procedures and replies are the test. */
function createHarness({ maxConcurrentCalls = 10, interceptors = [] }: IntakeSettings = {}) {
  const log: string[] = [];
  const ends = new Map<string, () => void>();
  const counters = createCounters(handlerCounterNames);
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const replier = {
    error: (call: ServedCall, cause: TRPCError) => void log.push(`${cause.code} ${call.message.id}`),
    plain: (_: ServedCall, message: { kind: string; id: number }) =>
      void log.push(`${message.kind} ${message.id}`),
  } as unknown as Replier;
  const intake = createGatherIntake({
    router,
    appendTime: true,
    clockSkewMs: 0,
    codecs: jsonOnly,
    interceptors,
    replier,
    counters,
    readProcedureOptions: createProcedureOptions(router, logger),
    maxConcurrentCalls,
    async run(call) {
      log.push(`run ${call.message.id}`);
      await new Promise<void>((resolve) => {
        call.controller.signal.addEventListener('abort', () => log.push(`aborted ${call.message.id}`));
        ends.set(String(call.message.id), resolve);
      });
      call.settle();
    },
  });
  function read(calls: readonly Partial<CallMessage>[], timestampMs = Date.now(), at = true): void {
    const envelopes = calls.map((call) =>
      encodeEnvelope({
        kind: 'call',
        id: 1,
        method: 'query',
        path: 'open',
        input: undefined,
        gather: true,
        timeoutMs: 60_000,
        ...call,
      }),
    );
    const record: IncomingRecord = {
      topic: 'flights.control',
      partition: 0,
      offset: 0,
      timestampMs,
      key: null,
      value: Buffer.from(joinEnvelopes(envelopes)),
      headers: { [recordHeader]: formatSender(caller, at ? replyTo : undefined) },
    };
    intake.receive(record, readRecord(record));
  }
  return {
    intake,
    read,
    counters,
    happened: async () => {
      await turn();
      return log.splice(0);
    },
    /** Ends one that runs. */
    end: async (id: number) => {
      ends.get(String(id))!();
      await turn();
    },
  };
}

describe('a gather call', () => {
  test('is run once, however often its record comes', async () => {
    const { read, happened, end, counters } = createHarness();
    read([{ id: 1 }]);
    read([{ id: 1 }]);
    expect(await happened()).toEqual(['run 1']);
    await end(1);
    read([{ id: 1 }]);
    expect(await happened()).toEqual([]);
    expect(counters.snapshot().gatherCalls).toBe(1);
  });

  test('is for queries whose author says so; what is not there is for its runner to say', async () => {
    const { read, happened } = createHarness();
    read([{ id: 1, path: 'closed' }]);
    expect(await happened()).toEqual(['METHOD_NOT_SUPPORTED 1']);
    read([{ id: 2, path: 'change', method: 'mutation' }]);
    expect(await happened()).toEqual(['METHOD_NOT_SUPPORTED 2']);
    read([{ id: 3, path: 'change' }]);
    read([{ id: 4, path: 'missing' }]);
    expect(await happened()).toEqual(['run 3', 'run 4']);
  });

  test('without a place to answer to is not run', async () => {
    const { read, happened } = createHarness();
    read([{ id: 1 }], Date.now(), false);
    expect(await happened()).toEqual([]);
  });

  test('whose time is over is told so, unless it was written before the instance was there', async () => {
    const { read, happened, counters } = createHarness();
    read([{ id: 1, timeoutMs: 1000 }], Date.now() - 2000);
    expect(await happened()).toEqual([]);
    read([{ id: 2, timeoutMs: 60_000 }], Date.now() - 2000);
    expect(await happened()).toEqual(['run 2']);
    read([{ id: 3, timeoutMs: 0 }]);
    expect(await happened()).toEqual(['expired 3']);
    expect(counters.snapshot().expired).toBe(2);
  });

  test('waits for its turn, and beyond a number is refused; there is room again when others are done', async () => {
    const { read, happened, end } = createHarness({ maxConcurrentCalls: 1 });
    for (let id = 1; id <= 12; id++) read([{ id }]);
    expect(await happened()).toEqual(['TOO_MANY_REQUESTS 12', 'run 1']);
    await end(1);
    read([{ id: 13 }]);
    expect(await happened()).toEqual(['run 2']);
  });

  test('is refused when those that are open hold too much memory', async () => {
    const { read, happened } = createHarness({ maxConcurrentCalls: 1 });
    const input = 'x'.repeat(8 * 1024 * 1024);
    for (let id = 1; id <= 5; id++) read([{ id, input }]);
    expect(await happened()).toEqual(['TOO_MANY_REQUESTS 5', 'run 1']);
  });

  test('beyond what refusals may cost is dropped and counted', async () => {
    const { read, happened, counters } = createHarness({ maxConcurrentCalls: 1 });
    const calls = Array.from({ length: 1011 }, (_, n) => ({ id: n + 1 }));
    read(calls);
    const refusals = (await happened()).filter((line) => line.startsWith('TOO_MANY')).length;
    // A second that passes meanwhile refills the bucket, which is no more than its size.
    expect(refusals).toBeGreaterThanOrEqual(100);
    expect(refusals + counters.snapshot().questionsDropped).toBe(1000);
  });

  test("that is cancelled stops, whether it runs, waits or is judged, and is no other dispatcher's business", async () => {
    let pass = (): void => {};
    const judged = new Promise<void>((resolve) => {
      pass = resolve;
    });
    const slow: RecordInterceptor = {
      async afterReceive({ calls }) {
        if (calls[0]!.id === 3) await judged;
      },
    };
    const { intake, read, happened, end } = createHarness({ maxConcurrentCalls: 1, interceptors: [slow] });
    read([{ id: 1 }]);
    read([{ id: 2 }]);
    read([{ id: 3 }]);
    await happened();
    expect([3, 2, 1].map((id) => intake.cancel(callKey(caller, id)))).toEqual([true, true, true]);
    expect(intake.cancel(callKey(caller, 4))).toBe(false);
    expect(await happened()).toEqual(['aborted 1']);
    pass();
    await turn();
    await end(1);
    expect(await happened()).toEqual([]);
    expect(intake.dispatcher.running()).toBe(0);
  });

  test('that an interceptor refuses is answered with what it threw', async () => {
    const refusing: RecordInterceptor = {
      afterReceive({ purpose }) {
        throw Object.assign(new Error(purpose), { code: 'REFUSED' });
      },
    };
    const { read, happened, intake } = createHarness({ interceptors: [refusing], maxConcurrentCalls: 1 });
    for (let id = 1; id <= 20; id++) {
      read([{ id }]);
      expect(await happened()).toEqual([`REFUSED ${id}`]);
    }
    expect(intake.dispatcher.waiting()).toBe(0);
  });

  test('is not taken by an instance that closes, and those that run go on', async () => {
    const { intake, read, happened } = createHarness();
    read([{ id: 1 }]);
    intake.stopTaking();
    read([{ id: 2 }]);
    expect(await happened()).toEqual(['run 1']);
  });

  test('in a record with others is judged and run by itself', async () => {
    const { read, happened } = createHarness();
    read([{ id: 1 }, { id: 2, path: 'closed' }, { id: 3, gather: false }]);
    expect((await happened()).sort()).toEqual(['METHOD_NOT_SUPPORTED 2', 'PARSE_ERROR 3', 'run 1']);
  });
});
