/** `call`, `emit` and `subscribe` against services that know nothing of the command line. */
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedBrokers } from '../support/shared-brokers.ts';
import { type AirlineService, startAirline } from './airline-service.ts';
import { linesOf, type Outcome, run, start } from './run-command.ts';

describe.each(await sharedBrokers())('on $name', ({ name, skip, brokers }) => {
  let plain: AirlineService;
  let withSuperjson: AirlineService;

  beforeAll(async () => {
    if (!skip) plain = await startAirline(brokers);
  });

  afterAll(async () => {
    if (!skip) await plain[Symbol.asyncDispose]();
  });

  const on = (command: string, ...args: string[]): Promise<Outcome> =>
    run([command, plain.name, ...args, '--brokers', brokers.join(',')]);

  test.skipIf(skip)('call finds out what a procedure is, and prints what it returns', async () => {
    const [query, mutation, streamed] = await Promise.all([
      on('call', 'byNumber', '"LH400"', '--header', 'tenant=de'),
      on('call', 'bookings.create', '{"seats":2}', '--json'),
      on('call', 'seats'),
    ]);
    expect(query).toMatchObject({ code: 0, errors: '' });
    expect(query.out).toBe('{\n  "number": "LH400",\n  "from": "FRA",\n  "tenant": "de"\n}\n');
    expect([mutation.code, mutation.out]).toEqual([0, '{"seats":2}\n']);
    expect([streamed.code, linesOf(streamed)]).toEqual([0, ['1A', '1B']]);
  });

  test.skipIf(skip)('emit sends what is carried out, and says where it stands', async () => {
    const outcome = await on('emit', 'bookings.audit', '"LH400"', '--key', 'LH400', '--json');
    expect([outcome.code, outcome.errors]).toEqual([0, '']);
    expect(linesOf(outcome)).toMatchObject([
      { topic: `${plain.name}.one-way`, partition: expect.any(Number) as number },
    ]);
    await plain.log.until('audited LH400');
  });

  test.skipIf(skip)('subscribe prints items as lines, to the end or to the count', async () => {
    const [all, two] = await Promise.all([
      on('subscribe', 'countdown', '3'),
      on('subscribe', 'countdown', '200', '--count', '2'),
    ]);
    const item = (left: number): object => ({ id: String(left), data: { left } });
    expect([all.code, linesOf(all)]).toEqual([0, [item(3), item(2), item(1)]]);
    expect([two.code, linesOf(two)]).toEqual([0, [item(200), item(199)]]);
  });

  describe.skipIf(name === 'real Kafka')('and says in its exit code', () => {
    beforeAll(async () => {
      withSuperjson = await startAirline(brokers, { transformer: 'superjson' });
    });

    afterAll(() => withSuperjson[Symbol.asyncDispose]());

    test('that the procedure answered with an error', async () => {
      const [human, json] = await Promise.all([
        on('call', 'byNumber', '"XX0"'),
        on('call', 'byNumber', '"XX0"', '--json'),
      ]);
      expect(human).toEqual({ code: 4, out: '', errors: 'trpc-kafka: NOT_FOUND: no flight XX0\n' });
      expect([json.code, JSON.parse(json.errors)]).toMatchObject([
        4,
        {
          error: { code: 'NOT_FOUND', message: 'no flight XX0', data: { path: 'byNumber', httpStatus: 404 } },
        },
      ]);
    });

    test('that no answer came in time', async () => {
      const outcome = await on('call', 'slow', '--type', 'query', '--timeout', '300ms');
      expect([outcome.code, outcome.errors]).toEqual([5, expect.stringContaining('no reply to query slow')]);
    });

    test('that it was stopped, and the server is told', async () => {
      const stop = new AbortController();
      const began = plain.log.count('slow began');
      const aborted = plain.log.count('slow aborted');
      const call = run(['call', plain.name, 'slow', '--brokers', brokers.join(',')], stop.signal);
      await plain.log.until('slow began', began + 1);
      stop.abort();
      expect(await call).toEqual({ code: 130, out: '', errors: '' });
      await plain.log.until('slow aborted', aborted + 1);
    });

    test('that what was given makes no sense, and what would', async () => {
      const [text, unknown, kind, service, header, time] = await Promise.all([
        on('call', 'byNumber', 'LH400'),
        on('call', 'create', '1'),
        on('call', 'countdown', '1'),
        run(['call', 'nobody', 'byNumber', '--brokers', brokers.join(',')]),
        on('call', 'byNumber', '"LH400"', '--header', 'trpc-kafka=1'),
        on('call', 'byNumber', '--timeout', '5'),
      ]);
      expect([text.code, text.errors]).toEqual([2, expect.stringContaining(`'"LH400"'`)]);
      expect([unknown.code, unknown.errors]).toEqual([
        2,
        expect.stringContaining('There is bookings.create'),
      ]);
      expect([kind.code, kind.errors]).toEqual([2, expect.stringContaining('trpc-kafka subscribe')]);
      expect([service.code, service.errors]).toEqual([1, expect.stringContaining('TOPIC_MISSING')]);
      expect([header.code, header.errors]).toEqual([2, expect.stringContaining('trpc-kafka')]);
      expect([time.code, time.errors]).toEqual([2, expect.stringContaining('500ms')]);
    });

    test('that no server is there', async () => {
      const away = await startAirline(brokers);
      await away[Symbol.asyncDispose]();
      const outcome = await run(['call', away.name, 'byNumber', '"LH400"', '--brokers', brokers.join(',')]);
      expect([outcome.code, outcome.errors]).toEqual([6, expect.stringContaining('NO_SERVER')]);
    });

    test('superjson: dates go in and out, and a service that has it is told from one that has not', async () => {
      const at = (flag: string[], path: string, ...input: string[]): Promise<Outcome> =>
        run(['call', withSuperjson.name, path, ...input, '--json', ...flag, '--brokers', brokers.join(',')]);
      const date = '{"json":{"at":"2026-07-01T08:00:00.000Z"},"meta":{"values":{"at":["Date"]}}}';
      const [right, failed, result, failure] = await Promise.all([
        at(['--superjson'], 'later', date),
        at(['--superjson'], 'fail'),
        at([], 'later', date),
        at([], 'fail'),
      ]);
      expect([right.code, linesOf(right)]).toEqual([0, [{ at: '2026-07-01T08:00:01.000Z', gates: ['A1'] }]]);
      expect([failed.code, failed.errors]).toEqual([4, expect.stringContaining('FORBIDDEN')]);
      expect([result.code, result.errors]).toEqual([0, expect.stringContaining('say --superjson')]);
      expect([failure.code, failure.errors]).toEqual([1, expect.stringContaining('say --superjson')]);
    });

    test('as processes: input from a pipe, Ctrl-C, and a reader that has enough', async () => {
      const env = { TRPC_KAFKA_BROKERS: brokers.join(',') };
      const began = plain.log.count('clock began');
      const piped = start(['call', plain.name, 'bookings.create', '-', '--json'], env);
      piped.child.stdin!.end('{"seats":3}');
      const followed = start(['subscribe', plain.name, 'clock'], env);
      const left = start(['subscribe', plain.name, 'countdown', '100000'], env);
      left.child.stdout!.once('data', () => left.child.stdout!.destroy());
      await once(followed.child.stdout!, 'data');
      followed.child.kill('SIGINT');
      expect(await followed.outcome).toEqual({ code: 0, out: '0\n', errors: '' });
      await plain.log.until('clock aborted', began + 1);
      expect(await piped.outcome).toEqual({ code: 0, out: '{"seats":3}\n', errors: '' });
      expect(await left.outcome).toMatchObject({ code: 0, errors: '' });
    });
  });
});
