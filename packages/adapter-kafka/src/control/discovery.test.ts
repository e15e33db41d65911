import { initTRPC, lazy } from '@trpc/server';
import type { IncomingRecord, KafkaMeta } from '@trpc-kafka/core';
import { createCounters, type HelloMessage, type HelloReplyMessage } from '@trpc-kafka/core/internal';
import { expect, test } from 'vitest';
import { createInstanceLife } from '../handler/instance-life.js';
import { handlerCounterNames } from '../options.js';
import { createDiscovery } from './discovery.js';

const t = initTRPC.meta<KafkaMeta>().create();
const router = t.router({
  open: t.procedure.meta({ kafka: { gather: true } }).query(() => 1),
  nested: { change: t.procedure.mutation(() => 1) },
  far: lazy(async () => ({ far: t.router({ read: t.procedure.query(() => 1) }) })),
});
const replyTo = { topic: 'checkout.replies', partition: 0, inboxId: 'C'.repeat(22) };
const hello: HelloMessage = { kind: 'hello', id: 7, timeoutMs: 1000, wants: [] };

function createHarness({ maxProcedures = 100 } = {}) {
  const replies: HelloReplyMessage[] = [];
  const counters = createCounters(handlerCounterNames);
  const life = createInstanceLife();
  const discovery = createDiscovery({
    service: 'flights',
    router,
    appendTime: true,
    clockSkewMs: 1000,
    life,
    counters,
    load: () => ({
      calls: 1,
      waiting: 2,
      streams: 3,
      assigned: [{ topic: 'flights.requests', partitions: [0] }],
    }),
    replier: {
      notify(_, message) {
        const reply = message as HelloReplyMessage;
        if ((reply.procedures?.length ?? 0) > maxProcedures) return false;
        replies.push(reply);
        return true;
      },
    },
  });
  const recordAt = (timestampMs: number): IncomingRecord => ({
    topic: 'flights.control',
    partition: 0,
    offset: 0,
    timestampMs,
    key: null,
    value: null,
    headers: {},
  });
  return {
    replies,
    counters,
    life,
    ask: (question: Partial<HelloMessage> = {}, agoMs = 0, to: typeof replyTo | null = replyTo) =>
      discovery.answer({ ...hello, ...question }, recordAt(Date.now() - agoMs), to ?? undefined),
  };
}

test('an instance tells what it is, does and has', () => {
  const { ask, replies, life } = createHarness();
  ask();
  life.state = 'draining';
  ask();
  expect(replies[0]).toMatchObject({
    id: 7,
    service: 'flights',
    state: 'starting',
    calls: 1,
    waiting: 2,
    streams: 3,
  });
  expect(replies[0]).not.toHaveProperty('procedures');
  expect(replies[1]).toMatchObject({ state: 'draining', startedAtMs: life.startedAtMs });
});

test('procedures are listed on request, as far as they are loaded, and left out when there is no room', () => {
  const { ask, replies } = createHarness();
  ask({ wants: ['procedures', 'weather'] });
  expect(replies[0]!.procedures).toEqual([
    { path: 'open', type: 'query', gather: true },
    { path: 'nested.change', type: 'mutation' },
  ]);
  const full = createHarness({ maxProcedures: 1 });
  full.ask({ wants: ['procedures'] });
  expect(full.replies).toHaveLength(1);
  expect(full.replies[0]).not.toHaveProperty('procedures');
});

test('nobody waits for an answer to an old hello, or has a place for one; clocks may differ', () => {
  const { ask, replies } = createHarness();
  ask({}, 60_000);
  ask({}, 1500);
  expect(replies).toHaveLength(1);
  const nowhere = createHarness();
  nowhere.ask({}, 0, null);
  expect(nowhere.replies).toEqual([]);
});

test('a flood is not answered', () => {
  const { ask, replies, counters } = createHarness();
  for (let n = 0; n < 10_000; n++) ask();
  const { hellos, questionsDropped } = counters.snapshot();
  expect(replies).toHaveLength(hellos);
  expect(hellos + questionsDropped).toBe(10_000);
  // As long as it takes, it is a second's worth at first and so much a second.
  expect(questionsDropped).toBeGreaterThan(5000);
});
