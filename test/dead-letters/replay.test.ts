/** Dead letters: shown as what they are, and replayed once, by whichever run, and whatever becomes of it. */
import {
  createKafkajsDriver,
  type DeadLetter,
  type DeadLettersQuery,
  type KafkaDriver,
  listDeadLetters,
  type ReplayOutcome,
  replayDeadLetters,
} from '@trpc-kafka/core';
import { describe, expect, test } from 'vitest';
import { targets } from '../support/broker-targets.ts';
import { useBrokers } from '../support/use-brokers.ts';
import { startDeadLetterService } from './dead-letter-service.ts';

async function lettersOf(query: DeadLettersQuery): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for await (const letter of listDeadLetters(query)) letters.push(letter);
  return letters;
}

const inputsOf = (letters: readonly DeadLetter[]): string[] =>
  letters.flatMap(({ inputs }) => inputs.map(String)).sort();

/** A driver whose run dies before its nth write, or when that is done. */
function dyingDriver(driver: KafkaDriver, at: { write: number; done: boolean }): KafkaDriver {
  let writes = 0;
  return Object.assign(Object.create(driver) as KafkaDriver, {
    async produce(records: Parameters<KafkaDriver['produce']>[0]) {
      const isLast = ++writes === at.write;
      if (isLast && !at.done) throw new Error('the run died');
      const outcomes = await driver.produce(records);
      if (isLast) throw new Error('the run died');
      return outcomes;
    },
  });
}

describe.each(targets)('on $name', (target) => {
  const brokers = useBrokers(target);

  test.skipIf(target.skip)('are listed with what was called, why it failed, and where it stood', async () => {
    await using service = await startDeadLetterService(brokers());
    await service.fail('a', 'b');
    await service.failFlights('c');
    const query = { kafka: service.createKafka(), service: service.service };
    const letters = await lettersOf(query);
    expect(inputsOf(letters)).toEqual(['a', 'b', 'c']);
    const first = letters.find(({ inputs }) => inputs[0] === 'a')!;
    expect(first).toMatchObject({
      paths: ['bookings.audit'],
      code: 'NOT_FOUND',
      message: 'no ledger for a',
      attempts: 1,
      origin: { topic: service.service.topics.oneWay.topic },
      headers: { tenant: 'de' },
      replayedTo: undefined,
    });
    expect(String(first.key)).toBe('a');
    expect(first.headers['authorization']).toBeUndefined();
    const by = async (filter: NonNullable<DeadLettersQuery['filter']>) =>
      inputsOf(await lettersOf({ ...query, filter }));
    expect(await by({ path: 'bookings.*' })).toEqual(['a', 'b']);
    expect(await by({ path: 'flights.audit' })).toEqual(['c']);
    expect(await by({ code: 'TIMEOUT' })).toEqual([]);
    expect(await by({ at: [first.position] })).toEqual(['a']);
    expect(await by({ sinceMs: Date.now() + 60_000 })).toEqual([]);
    expect(await by({ sinceMs: first.atMs, untilMs: first.atMs + 1, path: 'bookings.audit' })).toContain('a');
  });

  test.skipIf(target.skip)('are replayed as they were, those that are meant, and each once', async () => {
    await using service = await startDeadLetterService(brokers());
    await service.fail('a', 'b', 'c');
    await service.failFlights('d');
    service.mend();
    const query = { kafka: service.createKafka(), service: service.service };
    const [one] = (await lettersOf(query)).filter(({ inputs }) => inputs[0] === 'a');
    expect(await replayDeadLetters({ ...query, filter: { at: [one!.position] } })).toMatchObject({
      replayed: 1,
    });
    await service.log.until('a');
    expect(await replayDeadLetters({ ...query, filter: { path: 'bookings.*' } })).toMatchObject({
      replayed: 2,
    });
    await Promise.all(['b', 'c'].map((name) => service.log.until(name)));
    expect(await replayDeadLetters(query)).toMatchObject({ replayed: 1 });
    await service.log.until('d');
    expect(await replayDeadLetters(query)).toEqual({ replayed: 0, replayedBefore: 0, claimed: 0, empty: 0 });
    expect(await lettersOf(query)).toEqual([]);
    const all = await lettersOf({ ...query, filter: { replayed: true } });
    expect(all.map(({ replayedTo }) => replayedTo?.topic)).toEqual(
      Array<string>(4).fill(service.service.topics.oneWay.topic),
    );
    expect([...service.log.all()].sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  test.skipIf(target.skip)('several runs at a time replay each letter once', async () => {
    await using service = await startDeadLetterService(brokers());
    const names = Array.from({ length: 30 }, (_, n) => `call ${n}`);
    await service.fail(...names);
    service.mend();
    const reports = await Promise.all(
      [1, 2, 3].map(() => replayDeadLetters({ kafka: service.createKafka(), service: service.service })),
    );
    expect(reports.reduce((sum, { replayed }) => sum + replayed, 0)).toBe(names.length);
    await Promise.all(names.map((name) => service.log.until(name)));
    expect([...service.log.all()].sort()).toEqual(names.sort());
  });

  test.skipIf(target.skip).each([
    { dies: 'before it wrote the calls', at: { write: 2, done: false }, finds: 'replayed' },
    { dies: 'when it had written them', at: { write: 2, done: true }, finds: 'replayed-before' },
  ])('a run that dies $dies leaves them to the next, and none twice', async ({ at, finds }) => {
    await using service = await startDeadLetterService(brokers());
    await service.fail('a', 'b');
    service.mend();
    const driver = createKafkajsDriver(service.createKafka());
    const died = replayDeadLetters({ kafka: dyingDriver(driver, at), service: service.service });
    await expect(died).rejects.toThrow('the run died');
    await driver.close();
    const query = { kafka: service.createKafka(), service: service.service };
    // Nobody knows yet that it died.
    expect(await replayDeadLetters(query)).toMatchObject({ replayed: 0, claimed: 2 });
    const outcomes: ReplayOutcome['kind'][] = [];
    await replayDeadLetters({
      ...query,
      abandonedAfterMs: 1,
      onLetter: (_, { kind }) => outcomes.push(kind),
    });
    expect(outcomes).toEqual([finds, finds]);
    await Promise.all(['a', 'b'].map((name) => service.log.until(name)));
    expect(await replayDeadLetters({ ...query, abandonedAfterMs: 1 })).toMatchObject({
      replayed: 0,
      claimed: 0,
    });
    expect([...service.log.all()].sort()).toEqual(['a', 'b']);
  });

  test.skipIf(target.skip)('a replayed call that fails again is a letter of its own', async () => {
    await using service = await startDeadLetterService(brokers());
    await service.fail('a');
    const query = { kafka: service.createKafka(), service: service.service };
    const [first] = await lettersOf(query);
    await replayDeadLetters({ ...query, headers: { authorization: 'Bearer new' } });
    await expect.poll(async () => (await lettersOf(query)).length, { timeout: 20_000 }).toBe(1);
    const [second] = await lettersOf(query);
    expect(second!.replayOf).toEqual(first!.position);
    expect(second!.inputs).toEqual(['a']);
  });
});

test('headers that are added are texts, and not the transport’s own', async () => {
  const headers = { 'trpc-kafka': '1;json' };
  const kafka = {} as never;
  await expect(replayDeadLetters({ kafka, service: 'flights', headers })).rejects.toThrow('INVALID_OPTION');
});
