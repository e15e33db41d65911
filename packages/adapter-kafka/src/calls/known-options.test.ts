import { initTRPC, lazy } from '@trpc/server';
import type { KafkaMeta } from '@trpc-kafka/core';
import { expect, test } from 'vitest';
import { assertProcedureOptions, createKnownOptions, createProcedureOptions } from './procedure-options.js';

const t = initTRPC.meta<KafkaMeta>().create();
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const limited = t.procedure.meta({ kafka: { maxConcurrent: 3, ordered: true } }).query(() => 1);

test('tells at once what is loaded, and of the rest that it has to be', async () => {
  const router = t.router({
    limited,
    plain: t.procedure.query(() => 1),
    later: lazy(async () => t.router({ limited })),
  });
  const known = createKnownOptions(router);
  expect(['limited', 'plain', 'none', '__proto__', 'later.limited'].map(known)).toEqual([
    { maxConcurrent: 3, ordered: true },
    {},
    {},
    {},
    undefined,
  ]);
  await createProcedureOptions(router, silent)('later.limited');
  expect([known('later.limited'), known('later.none')]).toEqual([{ maxConcurrent: 3, ordered: true }, {}]);
});

test('takes what is wrong for not said', async () => {
  const wrong = t.procedure.meta({ kafka: { maxConcurrent: 0 } }).query(() => 1);
  expect(createKnownOptions(t.router({ wrong }))('wrong')).toEqual({});
});

test.each([
  [{ maxConcurrent: 0 }, 'maxConcurrent in meta.kafka of the procedure p'],
  [{ maxConcurrent: 1.5 }, 'maxConcurrent in meta.kafka of the procedure p'],
  [{ ordered: 'yes' }, 'ordered in meta.kafka of the procedure p is "yes"; give true or false'],
])('%o is refused by its name', (kafka, message) => {
  const router = t.router({ p: t.procedure.meta({ kafka: kafka as never }).query(() => 1) });
  expect(() => assertProcedureOptions(router)).toThrow(message);
});
