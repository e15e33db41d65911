import { describe, expect, it } from 'vitest';
import { isAlive, type RunningDemo, startDemo } from './support/running-demo.js';
import { temporaryFolder } from './support/temporary-folder.js';

const processes = ['http-1', 'client'];
/** By then every process is at work and the client has a subscription open. */
const midway = 'Anatolia Wings';

const pidsOf = (demo: RunningDemo): number[] => processes.map((name) => demo.pidOf(name));

describe('the demo', () => {
  it('shows every step, ends by itself with exit code 0 and leaves no process', async () => {
    await using demo = startDemo();
    expect(await demo.exitCode, demo.output()).toBe(0);
    expect(demo.output()).toMatch(/^Done in /m);
    expect(pidsOf(demo).filter(isAlive)).toEqual([]);
  });

  it.each(processes)('ends with a sentence and exit code 1 when %s is killed', async (name) => {
    await using demo = startDemo();
    await demo.seen(midway);
    const pids = pidsOf(demo);
    process.kill(demo.pidOf(name), 'SIGKILL');
    expect(await demo.exitCode).toBe(1);
    expect(demo.output()).toContain(`Stopped: ${name} was killed (SIGKILL) in the middle of the demo`);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('takes its processes along when it is killed itself', async () => {
    // Nobody is left to remove what the servers shared, hence a temporary folder of its own.
    await using folder = await temporaryFolder();
    await using demo = startDemo({ TMPDIR: folder.path });
    await demo.seen(midway);
    const pids = pidsOf(demo);
    process.kill(demo.pid, 'SIGKILL');
    await demo.exitCode;
    await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([]);
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
