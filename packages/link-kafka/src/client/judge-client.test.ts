import { noteRetry, type ProducerHealth, unconnectedProducer } from '@trpc-kafka/core/internal';
import { expect, test } from 'vitest';
import { type ClientFacts, judgeClient } from './judge-client.js';

const error = new Error('no broker at b:1');
const heldUp = [0, 4000, 8000].reduce<ProducerHealth>((producer, atMs) => noteRetry(producer, atMs, error), {
  ...unconnectedProducer,
  connected: true,
});
const connected: ClientFacts = {
  service: 'flights',
  connection: { state: 'pending' },
  sinceMs: 0,
  lastError: undefined,
  started: true,
  lazy: false,
  closing: undefined,
  producer: { connected: true, trouble: undefined },
  inbox: { topic: 'app.replies', partition: 3, inboxId: 'i' },
  interruption: undefined,
};
const lost: Partial<ClientFacts> = {
  connection: { state: 'connecting', error },
  lastError: error,
  interruption: error,
};

interface Case {
  readonly when: string;
  readonly facts: Partial<ClientFacts>;
  readonly says: { readonly state: string; readonly ready: boolean; readonly codes: readonly string[] };
}

const notConnected = { state: 'unready', ready: false, codes: ['NOT_CONNECTED'] };
const cases: readonly Case[] = [
  { when: 'connected', facts: {}, says: { state: 'ready', ready: true, codes: [] } },
  {
    when: 'not reading its replies, which its connection has yet to hear',
    facts: { interruption: error },
    says: { state: 'unready', ready: false, codes: ['INBOX_INTERRUPTED'] },
  },
  { when: 'without its brokers', facts: lost, says: notConnected },
  {
    when: 'without brokers from the beginning',
    facts: { ...lost, started: false },
    says: { ...notConnected, state: 'starting' },
  },
  {
    when: 'not told to connect yet',
    facts: { connection: { state: 'idle' }, started: false },
    says: { ...notConnected, state: 'starting' },
  },
  {
    when: 'lazy, and not used',
    facts: { connection: { state: 'idle' }, lazy: true },
    says: { state: 'idle', ready: true, codes: ['IDLE'] },
  },
  { when: 'lazy, and used when its brokers went', facts: { ...lost, lazy: true }, says: notConnected },
  {
    when: 'writing in vain',
    facts: { producer: heldUp },
    says: { state: 'unready', ready: false, codes: ['PRODUCER_HELD_UP'] },
  },
  {
    when: 'closing, whatever else there is',
    facts: { ...lost, producer: heldUp, closing: 'draining' },
    says: { state: 'draining', ready: false, codes: ['DRAINING'] },
  },
  {
    when: 'closed',
    facts: { ...lost, closing: 'closed' },
    says: { state: 'closed', ready: false, codes: ['CLOSED'] },
  },
];

test.each(cases)('a client $when', ({ facts, says: { codes, ...says } }) => {
  const report = judgeClient({ ...connected, ...facts }, 12_000);
  // Nothing of it is for a restart to cure.
  expect(report).toMatchObject({ ...says, alive: true, started: facts.started ?? true });
  expect(report.reasons.map(({ code }) => code)).toEqual(codes);
});

test('says why it is not connected, where it reads its replies, and whether it writes', () => {
  const { reasons, details } = judgeClient({ ...connected, ...lost, producer: heldUp }, 12_000);
  expect(reasons[0]!.message).toBe('the client of service flights is connecting again: no broker at b:1');
  expect(details).toEqual({
    service: 'flights',
    groups: [],
    inboxes: [{ topic: 'app.replies', partition: 3, state: 'interrupted' }],
    producer: 'held up',
  });
});
