import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DriverEvent } from '../driver/driver-event.js';
import type { HealthReport } from './health-report.js';
import { createInstanceHealth, type InstanceEvent, reduceInstance } from './instance-health.js';
import { judgeInstance } from './judge-instance.js';

type AnyEvent = InstanceEvent | DriverEvent;

const inbox = { topic: 'flights.control', partition: 2 };
const error = new Error('it broke');
const groups = ['flights', 'flights.one-way'] as const;

const joined = (groupId: string): AnyEvent => ({
  type: 'group-joined',
  groupId,
  partitions: 3,
  generation: 1,
});
const positioned = (groupId: string, partitions = 3): AnyEvent => ({
  type: 'group-positioned',
  groupId,
  partitions,
});
const failed = (groupId: string): AnyEvent => ({ type: 'group-failed', groupId, error, restarting: true });

const opening: readonly AnyEvent[] = [
  { type: 'producer-connected' },
  { type: 'inbox-asked-for', ...inbox },
  ...groups.map((groupId): AnyEvent => ({ type: 'group-opened', groupId, topic: `${groupId}-topic` })),
];
const upAndRunning: readonly AnyEvent[] = [
  ...opening,
  { type: 'inbox-opened', ...inbox, offset: 7 },
  ...groups.flatMap((groupId) => [joined(groupId), positioned(groupId)]),
  { type: 'started' },
];

/** An instance with a clock that the test winds. */
function createTestedInstance(before: readonly AnyEvent[] = upAndRunning) {
  let nowMs = 1_000_000;
  let health = createInstanceHealth(nowMs);
  const tested = {
    after(...events: readonly AnyEvent[]) {
      for (const event of events) health = reduceInstance(health, event, nowMs);
      return tested;
    },
    wait(ms: number) {
      nowMs += ms;
      return tested;
    },
    report: (rebalanceGraceMs?: number): HealthReport =>
      judgeInstance(
        { service: 'flights', health, nowMs },
        rebalanceGraceMs === undefined ? {} : { rebalanceGraceMs },
      ),
    state: () => health,
    codes: () => tested.report().reasons.map(({ code }) => code),
  };
  return tested.after(...before);
}

describe('starting', () => {
  test('is alive, not ready, and says that it starts', () => {
    const report = createTestedInstance(opening).report();
    expect(report).toMatchObject({ state: 'starting', alive: true, ready: false, started: false });
    expect(report.details.producer).toBe('connected');
    expect(report.details.groups.map(({ state }) => state)).toEqual(['joining', 'joining']);
  });

  test('a failure that trying again may cure names itself, and is no reason to restart', () => {
    const tested = createTestedInstance(opening).after({ type: 'start-failed', error, again: true });
    expect(tested.report()).toMatchObject({ state: 'starting', alive: true, ready: false });
    expect(tested.report().reasons).toMatchObject([
      { code: 'START_FAILED', message: expect.stringContaining('it broke') },
    ]);
    // What was opened is closed again.
    expect(tested.report().details).toMatchObject({ groups: [], inboxes: [] });
    expect(tested.after(...upAndRunning).report()).toMatchObject({ state: 'ready', started: true });
  });

  test('one that is given up is for a restart to cure', () => {
    const tested = createTestedInstance(opening).after({ type: 'start-failed', error, again: false });
    expect(tested.report()).toMatchObject({ state: 'failed', alive: false, ready: false, started: false });
    expect(tested.codes()).toEqual(['START_GIVEN_UP']);
  });
});

describe('rebalances', () => {
  const begin: AnyEvent = { type: 'group-rebalancing', groupId: 'flights' };

  test('do not unset readiness for the time of grace, and then do', () => {
    const tested = createTestedInstance().after(begin).wait(9_999);
    expect(tested.report()).toMatchObject({ state: 'ready', ready: true });
    expect(tested.codes()).toEqual(['REBALANCING']);
    expect(tested.wait(1).report()).toMatchObject({ state: 'unready', ready: false, alive: true });
    expect(tested.report(20_000).ready).toBe(true);
    expect(tested.after(joined('flights')).report().ready).toBe(false);
    expect(tested.after(positioned('flights')).report()).toMatchObject({ state: 'ready', reasons: [] });
  });

  test('that follow each other before one is over are one', () => {
    const tested = createTestedInstance().after(begin).wait(6000).after(joined('flights'), begin).wait(6000);
    expect(tested.report().ready).toBe(false);
  });

  test('a generation whose positions are not known is not yet joined, however it came', () => {
    expect(createTestedInstance().after(joined('flights')).wait(10_000).report().ready).toBe(false);
  });

  test('a join that failed, after which the group went on as before, shows by what is committed', () => {
    const confirmed: AnyEvent = { type: 'group-confirmed', groupId: 'flights' };
    const tested = createTestedInstance().after(begin).after(confirmed);
    expect(tested.codes()).toEqual(['REBALANCING']);
    expect(tested.wait(11_000).after(confirmed).report()).toMatchObject({ state: 'ready', reasons: [] });
  });

  test('a member that is given no partition is ready, idle, and told what to do', () => {
    const tested = createTestedInstance().after(begin, joined('flights'), positioned('flights', 0));
    expect(tested.report()).toMatchObject({ state: 'idle', ready: true, alive: true });
    expect(tested.report().reasons).toMatchObject([
      { code: 'IDLE', affects: 'nothing', cure: 'add partitions to flights-topic, or run fewer instances' },
    ]);
  });
});

describe('troubles', () => {
  test.each<[string, AnyEvent, AnyEvent[]]>([
    [
      'INBOX_INTERRUPTED',
      { type: 'inbox-interrupted', ...inbox, error },
      [{ type: 'inbox-recovered', ...inbox, offset: 9 }],
    ],
    [
      'GROUP_INTERRUPTED',
      { type: 'group-interrupted', groupId: 'flights', error },
      [{ type: 'group-recovered', groupId: 'flights' }],
    ],
    ['GROUP_LOST', failed('flights'), [joined('flights'), positioned('flights')]],
  ])('%s unsets readiness, not liveness, until it is over', (code, begin, end) => {
    const tested = createTestedInstance().after(begin);
    expect(tested.report()).toMatchObject({ state: 'unready', ready: false, alive: true, started: true });
    expect(tested.codes()).toEqual([code]);
    expect(tested.report().reasons[0]!.message).toContain('it broke');
    expect(tested.after(...end).report()).toMatchObject({ state: 'ready', reasons: [] });
  });

  test('a lost member that joins again is ready when it knows its positions, without grace before', () => {
    const tested = createTestedInstance().after(failed('flights'), joined('flights'));
    expect(tested.report().ready).toBe(false);
  });

  test('a group that has failed for hours is not dead while its driver goes on trying', () => {
    const tested = createTestedInstance();
    for (let i = 0; i < 200; i++) tested.after(failed('flights')).wait(60_000);
    expect(tested.report()).toMatchObject({ alive: true, ready: false });
  });

  test('one that nothing is heard of any more is dead, and comes back to life if something is', () => {
    const tested = createTestedInstance().after(failed('flights')).wait(299_999);
    expect(tested.report().alive).toBe(true);
    expect(tested.wait(1).report()).toMatchObject({ state: 'failed', alive: false, ready: false });
    expect(tested.codes()).toEqual(['GROUP_DEAD']);
    expect(tested.after(failed('flights')).report().alive).toBe(true);
  });

  test('records that are written in vain for 10 s unset readiness until they get through', () => {
    const retried: AnyEvent = { type: 'produce-retried', records: 1, error };
    const tested = createTestedInstance().after(retried);
    expect(tested.report()).toMatchObject({ ready: true, reasons: [] });
    for (const pauseMs of [200, 2500, 5000]) tested.wait(pauseMs).after(retried);
    expect(tested.wait(2400).report()).toMatchObject({
      ready: false,
      alive: true,
      details: { producer: 'held up' },
    });
    // Attempts come further and further apart: silence is the end of it only when it is longer.
    expect(tested.wait(7600).report().ready).toBe(false);
    expect(tested.wait(1).report()).toMatchObject({ ready: true, details: { producer: 'connected' } });
    // Another leader that moves, long after, is another story.
    expect(tested.after(retried).report().ready).toBe(true);
  });
});

test('closing is told as such, whatever else goes on, and nothing leads back', () => {
  const tested = createTestedInstance().after({ type: 'draining' }, failed('flights'));
  expect(tested.report()).toMatchObject({ state: 'draining', alive: true, ready: false, started: true });
  expect(tested.codes()).toEqual(['DRAINING']);
  tested.after({ type: 'started' }, { type: 'start-failed', error, again: false });
  expect(tested.report().state).toBe('draining');
  expect(tested.after({ type: 'closed' }).report()).toMatchObject({ state: 'closed', alive: true });
  expect(tested.after({ type: 'draining' }, ...upAndRunning).report().state).toBe('closed');
});

test('what others read is no part of it', () => {
  const tested = createTestedInstance();
  const before = tested.state();
  tested.after(
    failed('other'),
    { type: 'group-interrupted', groupId: 'other', error },
    { type: 'inbox-interrupted', topic: inbox.topic, partition: 1, error },
    { type: 'connection-failed', brokers: ['a:1'], error },
    { type: 'commit-failed', groupId: 'flights', error },
    { type: 'group-left', groupId: 'flights' },
  );
  expect(tested.state()).toBe(before);
});

describe('any course of events', () => {
  const ofGroup = fc
    .record({
      groupId: fc.constantFrom(...groups),
      type: fc.constantFrom(
        'group-joined',
        'group-positioned',
        'group-rebalancing',
        'group-failed',
        'group-interrupted',
        'group-recovered',
      ),
      partitions: fc.nat(3),
    })
    .map((event) => ({ ...event, generation: 1, error, restarting: true }) as AnyEvent);
  const ofInbox = fc
    .constantFrom('inbox-opened', 'inbox-interrupted', 'inbox-recovered')
    .map((type) => ({ type, ...inbox, offset: 1, error }) as AnyEvent);
  const course = fc.array(
    fc.record({ event: fc.oneof(ofGroup, ofInbox), pauseMs: fc.oneof(fc.nat(200), fc.nat(7000)) }),
    // Less than what makes a silent group a dead one.
    { maxLength: 40 },
  );

  /** What counts is when something was last said: an oracle that looks back where the reducer goes forward. */
  function isGroupReady(history: readonly { event: AnyEvent; atMs: number }[], nowMs: number): boolean {
    const lastOf = (...types: readonly string[]): number =>
      history.findLastIndex(({ event }) => types.includes(event.type));
    if (lastOf('group-interrupted') > lastOf('group-recovered', 'group-failed')) return false;
    const lastPosition = lastOf('group-positioned');
    if (lastOf('group-failed') > lastPosition || lastPosition < 0) return false;
    const unsettled = history
      .slice(lastPosition + 1)
      .find(({ event }) => event.type === 'group-joined' || event.type === 'group-rebalancing');
    return unsettled === undefined || nowMs - unsettled.atMs < 10_000;
  }

  test('ready is what the last words of each part say, and alive is nothing that brokers can change', () => {
    fc.assert(
      fc.property(course, (steps) => {
        const tested = createTestedInstance();
        let nowMs = 0;
        const history = upAndRunning.map((event) => ({ event, atMs: nowMs }));
        for (const { event, pauseMs } of steps) {
          tested.after(event);
          history.push({ event, atMs: nowMs });
          tested.wait(pauseMs);
          nowMs += pauseMs;
          const groupsReady = groups.every((groupId) =>
            isGroupReady(
              history.filter(({ event: one }) => 'groupId' in one && one.groupId === groupId),
              nowMs,
            ),
          );
          const ofInboxes = history.filter(({ event: one }) => one.type.startsWith('inbox-'));
          const inboxReady = ofInboxes.at(-1)!.event.type !== 'inbox-interrupted';
          const { ready, alive, started, reasons } = tested.report();
          const isTold = ready || reasons.some(({ affects }) => affects !== 'nothing');
          const isHelpful = reasons.every(({ message, cure }) => message !== '' && cure !== '');
          const isPast = reasons.every(({ sinceMs }) => sinceMs <= 1_000_000 + nowMs);
          expect([ready, alive, started, isTold, isHelpful, isPast]).toEqual([
            groupsReady && inboxReady,
            true,
            true,
            true,
            true,
            true,
          ]);
        }
      }),
    );
  });

  test('when every part says that it works, the instance is ready', () => {
    fc.assert(
      fc.property(course, (steps) => {
        const tested = createTestedInstance();
        for (const { event, pauseMs } of steps) tested.after(event).wait(pauseMs);
        tested.after({ type: 'inbox-recovered', ...inbox, offset: 1 });
        for (const groupId of groups) {
          tested.after(joined(groupId), { type: 'group-recovered', groupId }, positioned(groupId));
        }
        expect(tested.report()).toMatchObject({ state: 'ready', ready: true, reasons: [] });
      }),
    );
  });
});
