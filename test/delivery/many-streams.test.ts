/** A thousand streams whose servers are killed, or restarted one after another: none ends, none skips, none repeats. */
import type { ChildProcess } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { isFullMatrix } from '../support/full-matrix.ts';
import { sharedBrokers } from '../support/shared-brokers.ts';
import { type CrowdReader, gatherCrowd } from './fixtures/crowd.ts';
import { createTickWorld } from './fixtures/tick-world.ts';
import { defaultKeepAlive } from './fixtures/times.ts';

const targets = await sharedBrokers();

/** A stream that is handed over is nothing that a subscriber sees: it is connected once, and stays it. */
const unnoticed = 'pending';
const streams = { size: 1000, everyMs: 500 };

/** The default takes its time, 15 s until a dead server is noticed. Its partitions are another's after the 6 s of its session. */
const killKeepAlive = isFullMatrix ? defaultKeepAlive : { intervalMs: 2000, lostAfterMs: 6000 };

const historiesOf = (readers: readonly CrowdReader[]): string[] =>
  Array.from(new Set(readers.map(({ states }) => states.join(' '))));

// Not side by side: each is as much as a small machine can do.
describe.each(targets)('1,000 streams on $name', ({ skip, brokers }) => {
  test.skipIf(skip)(
    'one of two servers is killed: all go on at the other',
    async ({ annotate }) => {
      await using world = createTickWorld(brokers, { keepAlive: killKeepAlive });
      const servers = await Promise.all([world.forkServer(), world.forkServer()]);
      const crowd = await gatherCrowd(world.connect(), streams);
      const [doomed, heir] = servers.map((server) => server.process) as [ChildProcess, ChildProcess];
      const orphans = crowd.servedBy(doomed.pid!);
      const killedAtMs = performance.now();
      doomed.kill('SIGKILL');
      await crowd.until(({ by }) => by === heir.pid);
      const tookMs = Math.round(performance.now() - killedAtMs);
      await annotate(`${orphans.length} streams were live again ${tookMs} ms after the kill`);
      await crowd.more(2);
      expect(crowd.wrong).toEqual([]);
      expect(orphans.length).toBeGreaterThan(0);
      expect(historiesOf(orphans)).toEqual([`${unnoticed} connecting pending`]);
      expect(historiesOf(crowd.readers.filter((reader) => !orphans.includes(reader)))).toEqual([unnoticed]);
      crowd.end();
    },
    180_000,
  );

  test.skipIf(skip)(
    'all of three servers are restarted, one after another: nobody is even told',
    async ({ annotate }) => {
      await using world = createTickWorld(brokers, { keepAlive: defaultKeepAlive });
      const old = await Promise.all([world.forkServer(), world.forkServer(), world.forkServer()]);
      const crowd = await gatherCrowd(world.connect(), streams);
      const begun = old.map(({ process }) => crowd.servedBy(process.pid!).length);
      const startedAtMs = performance.now();
      for (const { process } of old) {
        const exited = new Promise((resolve) => process.once('exit', resolve));
        process.kill('SIGTERM');
        expect(await exited).toBe(0);
        await world.forkServer();
      }
      const tookMs = Math.round(performance.now() - startedAtMs);
      await annotate(`servers with ${begun.join(', ')} streams were restarted in ${tookMs} ms`);
      await crowd.more(2);
      expect(crowd.wrong).toEqual([]);
      expect(historiesOf(crowd.readers)).toEqual([unnoticed]);
      expect(Math.min(...begun)).toBeGreaterThan(0);
      for (const { process } of old) expect(crowd.servedBy(process.pid!)).toEqual([]);
      crowd.end();
    },
    180_000,
  );
});
