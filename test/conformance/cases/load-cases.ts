/** What procedures say of calls that must not run beside each other. */
import { initTRPC, lazy } from '@trpc/server';
import type { KafkaMeta } from '@trpc-kafka/core';
import { kafkaContext } from '@trpc-kafka/link';
import { expect } from 'vitest';
import { z } from 'zod';
import type { EventLog } from '../../support/event-log.ts';
import type { CaseContext } from '../case-context.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { connectRouter, serveRouter } from '../own-router.ts';

const t = initTRPC.meta<KafkaMeta>().context<{ log: EventLog }>().create();

/** Notes that it begins, waits until the case has noted its name, and notes that it ends. */
async function work({ input, ctx: { log } }: { input: string; ctx: { log: EventLog } }): Promise<string> {
  log.note(`begun ${input}`);
  await log.until(input);
  log.note(`ended ${input}`);
  return input;
}

const accountRouter = t.router({
  deposit: t.procedure
    .meta({ kafka: { ordered: true } })
    .input(z.string())
    .mutation(work),
  withdraw: t.procedure
    .meta({ kafka: { ordered: true } })
    .input(z.string())
    .mutation(work),
  look: t.procedure.input(z.string()).query(work),
});

const loadRouter = t.router({
  slow: t.procedure
    .meta({ kafka: { maxConcurrent: 2 } })
    .input(z.string())
    .query(work),
  echo: t.procedure.input(z.string()).query(({ input }) => input),
  account: lazy(async () => accountRouter),
});

async function start(context: CaseContext) {
  await serveRouter<typeof loadRouter>(context, {
    router: loadRouter,
    createContext: () => ({ log: context.log }),
  });
  const { client, kafkaClient } = connectRouter<typeof loadRouter>(context);
  await kafkaClient.ready();
  return client;
}

const begun = (log: EventLog): readonly string[] =>
  log.all().flatMap((each) => (each.startsWith('begun ') ? [each.slice('begun '.length)] : []));

export const loadCases: readonly ConformanceCase[] = [
  {
    name: 'of a procedure no more calls run than it says, and those of others go past',
    async run(context) {
      const { log } = context;
      const client = await start(context);
      const names = ['a', 'b', 'c', 'd'];
      const calls = names.map((name) => client.slow.query(name));
      await log.until('begun a');
      await log.until('begun b');
      expect(await client.echo.query('past them')).toBe('past them');
      expect(begun(log)).toEqual(['a', 'b']);
      log.note('b');
      await log.until('begun c');
      for (const name of ['a', 'c', 'd']) log.note(name);
      expect(await Promise.all(calls)).toEqual(names);
    },
  },
  {
    name: 'calls of one key that are ordered run one after another, as they were made; others run beside them',
    async run(context) {
      const { log } = context;
      const client = await start(context);
      const { account } = client;
      const key = { context: kafkaContext({ key: 'account 17' }) };
      const calls = [
        account.deposit.mutate('first', key),
        account.withdraw.mutate('second', key),
        account.deposit.mutate('third', key),
      ];
      const other = account.deposit.mutate('other', { context: kafkaContext({ key: 'account 18' }) });
      const look = account.look.query('look', key);
      for (const name of ['first', 'other', 'look']) await log.until(`begun ${name}`);
      for (const name of ['other', 'look', 'third', 'second']) log.note(name);
      expect(await Promise.all([other, look])).toEqual(['other', 'look']);
      expect(begun(log).filter((name) => name === 'second' || name === 'third')).toEqual([]);
      log.note('first');
      expect(await Promise.all(calls)).toEqual(['first', 'second', 'third']);
      const ofKey = log.all().filter((each) => /^(begun|ended) (first|second|third)$/.test(each));
      expect(ofKey).toEqual(
        ['first', 'second', 'third'].flatMap((name) => [`begun ${name}`, `ended ${name}`]),
      );
    },
  },
];
