import { describe, expect, it } from 'vitest';
import { isAlive, type RunningDemo, startDemo } from './support/running-demo.js';
import { temporaryFolder } from './support/temporary-folder.js';

const processes = ['broker', 'flights-1', 'flights-2', 'http-1', 'client'];
/** Each is shown twice: over Kafka, then over HTTP. */
const steps = [
  'Say hello, which also connects',
  'Query: an airport by its code',
  'Query: the airports nearest to Lucerne',
  'Errors, typed as the router made them',
  'Subscription: one request, many offers',
  'Mutation: two seats, with a Date and a Map',
  'Subscription: stopped half-way',
  'One-way: note the booking for the auditors',
  'The instances share the work',
];

/** What the client and the servers must have seen over Kafka. */
const evidence = [
  /^ +flights-[12] answers; it knows 6 071 airports$/m,
  /NOT_FOUND +No airport has the code QQQ/,
  /BAD_REQUEST +iata: An IATA code is three capital letters/,
  /cheapest of 7: /,
  /seats +Map +1A Amelia Earhart, 1B Otto Lilienthal/,
  /CONFLICT +Seat 1A is taken/,
  /^ +received 3, then left; flights-[12] noticed: [3-6] of 7 sent, its generator is closed$/m,
  /^flights-[12] +\| offers FRA to SIN: the client left after [3-6] of 7$/m,
  /^ +emitter\.bookings\.audit\(/m,
  /^ +flights-[12] recorded: [0-9A-Z]{6} booked$/m,
  /^ +flights-1 +\d+ +━+$/m,
  /^ +flights-2 +\d+ +━+$/m,
];

/** By then every process is at work and the client has a subscription open. */
const midway = 'Anatolia Wings';

const pidsOf = (demo: RunningDemo): number[] => processes.map((name) => demo.pidOf(name));

/** Each test starts six processes. */
describe('the demo', { timeout: 240_000 }, () => {
  it('shows every step, ends by itself with exit code 0 and leaves no process', async () => {
    await using demo = startDemo();
    const exitCode = await demo.exitCode;
    const output = demo.output();
    expect(exitCode, output).toBe(0);
    expect(output.match(/same answer/g)).toHaveLength(steps.length);
    for (const step of steps) expect(output.split(step), step).toHaveLength(3);
    for (const line of evidence) expect(output).toMatch(line);
    expect(output).toMatch(/^Done in /m);
    expect(pidsOf(demo).filter(isAlive)).toEqual([]);
  });

  it('shows the way to a broker that cannot be reached, in one sentence, and ends', async () => {
    await using demo = startDemo({ KAFKA_BROKERS: '127.0.0.1:1' });
    expect(await demo.exitCode).toBe(1);
    expect(demo.output()).toContain('127.0.0.1:1');
    expect(demo.output()).toContain('Stopped: ');
  });

  it.each(['broker', 'flights-1', 'client'])(
    'ends with a sentence and exit code 1 when %s is killed',
    async (name) => {
      await using demo = startDemo();
      await demo.seen(midway);
      const pids = pidsOf(demo);
      process.kill(demo.pidOf(name), 'SIGKILL');
      expect(await demo.exitCode).toBe(1);
      expect(demo.output()).toContain(`Stopped: ${name} was killed (SIGKILL) before the demo was over`);
      expect(pids.filter(isAlive)).toEqual([]);
    },
  );

  it('takes its processes along when it is killed itself', async () => {
    // Nobody is left to remove what the servers shared, hence a temporary folder of its own.
    await using folder = await temporaryFolder();
    await using demo = startDemo({ TMPDIR: folder.path });
    await demo.seen(midway);
    const pids = pidsOf(demo);
    process.kill(demo.pid, 'SIGKILL');
    await demo.exitCode;
    await expect.poll(() => pids.filter(isAlive), { timeout: 60_000 }).toEqual([]);
  });

  it('cleans up on Ctrl-C', async () => {
    await using demo = startDemo();
    await demo.seen(midway);
    const pids = pidsOf(demo);
    process.kill(demo.pid, 'SIGINT');
    expect(await demo.exitCode).toBe(1);
    expect(demo.output()).toContain('Stopped: the demo got SIGINT');
    expect(pids.filter(isAlive)).toEqual([]);
  });
});
