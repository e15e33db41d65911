import { initTRPC, lazy } from '@trpc/server';
import type { KafkaMeta, TransportLogger } from '@trpc-kafka/core';
import { describe, expect, test } from 'vitest';
import { assertProcedureOptions, createProcedureOptions } from './procedure-options.js';

const t = initTRPC.meta<KafkaMeta & { auth?: 'none' | 'user' }>().create();
const retried = { kafka: { retry: { attempts: 9 } } };

function createLogger() {
  const errors: unknown[] = [];
  const quiet = (): void => {};
  const logger: TransportLogger = {
    debug: quiet,
    info: quiet,
    warn: quiet,
    error: (fields) => void errors.push((fields as { err: Error }).err.message),
  };
  return { logger, errors };
}

describe('createProcedureOptions', () => {
  const router = t.router({
    plain: t.procedure.query(() => 1),
    ofUser: t.procedure.meta({ auth: 'user' }).query(() => 1),
    nested: { audit: t.procedure.meta({ auth: 'none', ...retried }).mutation(() => {}) },
    far: lazy(async () => ({ far: t.router({ audit: t.procedure.meta(retried).mutation(() => {}) }) })),
    wrong: lazy(async () => ({
      wrong: t.router({
        audit: t.procedure.meta({ kafka: { delivery: 'twice' as never } }).mutation(() => {}),
      }),
    })),
  });

  test.each([
    ['plain', {}],
    ['ofUser', {}],
    ['nested.audit', retried.kafka],
    ['far.audit', retried.kafka],
    ['no.such', {}],
    ['toString', {}],
    ['__proto__', {}],
  ])('%s', async (path, expected) => {
    const { logger, errors } = createLogger();
    expect(await createProcedureOptions(router, logger)(path)).toEqual(expected);
    expect(errors).toEqual([]);
  });

  test('what is wrong in a lazy router is told, and costs no call', async () => {
    const { logger, errors } = createLogger();
    expect(await createProcedureOptions(router, logger)('wrong.audit')).toEqual({});
    expect(errors).toEqual([
      `INVALID_OPTION: delivery in meta.kafka of the procedure wrong.audit is "twice"; give 'at-least-once' or 'at-most-once'`,
    ]);
  });
});

describe('assertProcedureOptions', () => {
  const metaOf = (kafka: unknown): KafkaMeta => ({ kafka }) as KafkaMeta;

  test.each([
    [
      { delivry: 'at-most-once' },
      '"delivry" in meta.kafka of the procedure audit is no option; it takes delivery, gather, maxConcurrent, ordered, retry',
    ],
    [{ delivery: 'once' }, `delivery in meta.kafka of the procedure audit is "once"`],
    [{ retry: { attempt: 3 } }, '"attempt" in retry in meta.kafka of the procedure audit is no option'],
    [{ retry: { attempts: 0 } }, 'retry in meta.kafka of the procedure audit: attempts is 0'],
    [{ retry: { maxDelayMs: Number.NaN } }, 'maxDelayMs is NaN'],
    [{ gather: 'yes' }, 'gather in meta.kafka of the procedure audit is "yes"; give true or false'],
    [{ gather: true }, 'only queries can be gathered, and this is a mutation'],
    [{ retry: 3 }, 'retry in meta.kafka of the procedure audit is no object'],
    ['at-most-once', 'meta.kafka of the procedure audit is no object'],
  ])('refuses %o', (kafka, message) => {
    const router = t.router({ audit: t.procedure.meta(metaOf(kafka)).mutation(() => {}) });
    expect(() => assertProcedureOptions(router)).toThrow(message);
  });

  test('refuses what a subscription cannot keep, and takes what it does', () => {
    const feed = (kafka: KafkaMeta['kafka']) =>
      t.router({
        feed: t.procedure.meta(metaOf(kafka)).subscription(async function* () {
          yield 1;
        }),
      });
    expect(() => assertProcedureOptions(feed({ delivery: 'at-most-once' }))).toThrow('is started again');
    expect(() => assertProcedureOptions(feed({ delivery: 'at-least-once' }))).not.toThrow();
  });
});
