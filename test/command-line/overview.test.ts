/** `ls` and `stats`: which services there are, who serves them, and what they have to do. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedBrokers } from '../support/shared-brokers.ts';
import { type AirlineService, startAirline } from './airline-service.ts';
import { linesOf, type Outcome, run } from './run-command.ts';

describe.each(await sharedBrokers())('on $name', ({ name, skip, brokers }) => {
  let first: AirlineService;
  let second: AirlineService;

  beforeAll(async () => {
    if (skip) return;
    first = await startAirline(brokers);
    second = await startAirline(brokers, { name: first.name });
  });

  afterAll(async () => {
    if (!skip) await Promise.all([first, second].map((each) => each[Symbol.asyncDispose]()));
  });

  const command = (...args: string[]): Promise<Outcome> => run([...args, '--brokers', brokers.join(',')]);

  /** A machine that is busy with other things may answer for one instance long before the other. */
  async function untilBoth(...args: string[]): Promise<Outcome> {
    for (;;) {
      const outcome = await command(...args);
      const ids = new Set(outcome.out.match(/"id":"[^"]+"|(?<=^| )\S{22}(?= +ready)/gm));
      if (ids.size === 2 || outcome.code !== 0) return outcome;
    }
  }

  test.skipIf(skip)('ls tells of every instance, and of procedures with their types', async () => {
    const [table, json] = await Promise.all([
      untilBoth('ls', first.name),
      untilBoth('ls', first.name, '--json'),
    ]);
    expect(table).toMatchObject({ code: 0, errors: '' });
    expect(table.out.split('\n')[0]).toMatch(
      /^SERVICE +INSTANCE +STATE +UP +SOFTWARE +CALLS +WAITING +STREAMS$/,
    );
    expect(table.out).toMatch(/^airline-\w+ +\S+ +ready +\d+\w+ +trpc-kafka\/\S+ +0 +0 +0$/m);
    expect(table.out).toMatch(/^airline-\w+ +bookings\.create +mutation +2 of 2$/m);
    expect(table.out).toMatch(/^airline-\w+ +seats +query +gather +2 of 2$/m);
    const procedure = { path: 'countdown', type: 'subscription', meta: {}, instances: 2 };
    expect(linesOf(json)).toMatchObject([
      {
        service: first.name,
        instances: [{ state: 'ready' }, { state: 'ready' }],
        procedures: expect.arrayContaining([procedure]) as unknown,
      },
    ]);
  });

  test.skipIf(skip)('stats tells what each instance does, and how far the groups are behind', async () => {
    const stop = new AbortController();
    const slow = ['call', first.name, 'slow', '--type', 'query', '--brokers', brokers.join(',')];
    const call = run(slow, stop.signal);
    await Promise.race([first.log.until('slow began'), second.log.until('slow began')]);
    const [json, table] = await Promise.all([
      untilBoth('stats', first.name, '--json'),
      untilBoth('stats', first.name),
    ]);
    expect([json.code, table.code]).toEqual([0, 0]);
    const [stats] = linesOf(json) as [
      { instances: { calls: number; assigned: object[] }[]; groups: object[] },
    ];
    expect(stats.instances.reduce((sum, { calls }) => sum + calls, 0)).toBe(1);
    expect(stats.groups).toMatchObject([{ group: first.name }, { group: `${first.name}.one-way` }]);
    expect(table.out).toMatch(/^GROUP +TOPIC +PARTITIONS +UNSERVED +LAG$/m);
    expect(table.out).toMatch(/^airline-\w+ +airline-\w+\.requests +12 +0 +(\d+|-)$/m);
    stop.abort();
    await call;
  });

  describe.skipIf(name === 'real Kafka')('and', () => {
    test('ls finds services by their topics, with and without a server', async () => {
      const away = await startAirline(brokers, { transformer: 'superjson' });
      await away[Symbol.asyncDispose]();
      const [all, one, missing] = await Promise.all([
        untilBoth('ls', '--json', '--timeout', '1s'),
        command('ls', away.name, '--timeout', '300ms'),
        command('ls', 'nobody'),
      ]);
      expect(all.code).toBe(0);
      const found = linesOf(all) as { service: string; instances: object[] }[];
      const counts = found.map(({ service, instances }) => [service, instances.length] as const);
      expect(Object.fromEntries(counts)).toEqual({ [first.name]: 2, [away.name]: 0 });
      expect([one.code, one.out]).toEqual([6, expect.stringContaining('(no server answered)')]);
      expect([missing.code, missing.errors]).toEqual([1, expect.stringContaining('TOPIC_MISSING')]);
    });
  });
});
