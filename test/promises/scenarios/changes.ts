/** What is no failure: instances that come and go, work that takes its time, clocks that differ. */
import { calls } from '../history.ts';
import type { Scenario } from '../scenario.ts';
import {
  beginAll,
  both,
  callsDone,
  untilCarriedOut,
  untilSettled,
  untilStreaming,
  untilStreamsAt,
} from './steps.ts';

const comes: Scenario = {
  failure: 'a rebalance: an instance comes',
  async run(world) {
    const first = await world.serve('first', { holds: true });
    const client = await world.connect();
    await beginAll(client, first);
    await world.serve('second');
    first.order('release');
    await untilSettled(client);
  },
  promises: {
    query: { says: 'is answered by who began it', is: { begun: ['first'], outcomes: ['first'] } },
    mutation: {
      says: 'is answered by who began it, run once',
      is: { begun: ['first'], outcomes: ['first'] },
    },
    'keyed mutation': { says: 'likewise', is: { begun: ['first'], outcomes: ['first'] } },
    'one-way call': {
      says: 'is carried out by who began it; the new owner of its partition may begin it again',
      is: { outcomes: ['acknowledged'] },
    },
    'tracked events': { says: 'stays where it is', is: { begun: ['first'], wrong: [], outcomes: [] } },
    'untracked items': { says: 'stays where it is', is: { begun: ['first'], wrong: [], outcomes: [] } },
  },
};

const goes: Scenario = {
  failure: 'a rebalance: an instance is closed, as in a deploy',
  async run(world) {
    const first = await world.serve('first', { holds: true });
    const client = await world.connect();
    await beginAll(client, first);
    const second = await world.serve('second');
    first.order('close');
    await second.heard('begun tracked events');
    first.order('release');
    await first.heard('closed');
    await untilStreamsAt(second);
    await untilSettled(client);
  },
  promises: {
    query: {
      says: 'is answered by who began it; what outlasts `graceMs` gets `SERVICE_UNAVAILABLE`',
      is: { begun: ['first'], outcomes: ['first'] },
    },
    mutation: { says: 'likewise, run once', is: { begun: ['first'], outcomes: ['first'] } },
    'keyed mutation': { says: 'likewise, run once', is: { begun: ['first'], outcomes: ['first'] } },
    'one-way call': {
      says: 'is carried out by who began it; what outlasts `graceMs` is begun again by another',
      is: { outcomes: ['acknowledged'] },
    },
    'tracked events': {
      says: 'is handed over, unnoticed: no gap, no repeat',
      is: { begun: both, wrong: [], outcomes: [] },
    },
    'untracked items': {
      says: 'goes on for `graceMs`, then begins anew at another instance, or fails with `STREAM_LOST` where `onLost` says so',
      is: { begun: both, wrong: [], outcomes: [] },
    },
  },
};

const slow: Scenario = {
  failure: 'a server is slower than the deadline',
  async run(world) {
    const server = await world.serve('first', { holds: true });
    const client = await world.connect({ timeoutMs: 5000 });
    await beginAll(client, server);
    await Promise.all(calls.map((kind) => client.until(`settled ${kind}`)));
    server.order('release');
    await server.heard(...callsDone);
    await untilStreaming(client);
  },
  promises: {
    query: {
      says: '`TIMEOUT` at the deadline, at which the resolver’s signal aborts',
      is: { begun: ['first'], outcomes: ['TIMEOUT'] },
    },
    mutation: {
      says: 'likewise; it may be carried out all the same',
      is: { done: ['first'], outcomes: ['TIMEOUT'] },
    },
    'keyed mutation': { says: 'likewise', is: { done: ['first'], outcomes: ['TIMEOUT'] } },
    'one-way call': { says: 'has no deadline', is: { done: ['first'], outcomes: ['acknowledged'] } },
    'tracked events': {
      says: 'has none once it has started',
      is: { begun: ['first'], wrong: [], outcomes: [] },
    },
    'untracked items': {
      says: 'has none once it has started',
      is: { begun: ['first'], wrong: [], outcomes: [] },
    },
  },
};

const hourMs = 3_600_000;

function clientClock(skewMs: number, says: string): Scenario {
  const asEver = { begun: ['first'], outcomes: ['first'] };
  return {
    failure: `the client’s clock is an hour ${says}`,
    async run(world) {
      const server = await world.serve('first');
      const client = await world.connect({ skewMs });
      client.order('subscribe');
      client.order('call');
      await untilSettled(client);
      await untilCarriedOut(server);
    },
    promises: {
      query: { says: 'is answered', is: asEver },
      mutation: { says: 'is answered', is: asEver },
      'keyed mutation': { says: 'is answered', is: asEver },
      'one-way call': { says: 'is carried out', is: { begun: ['first'], outcomes: ['acknowledged'] } },
      'tracked events': { says: 'starts', is: { begun: ['first'], wrong: [], outcomes: [] } },
      'untracked items': { says: 'starts', is: { begun: ['first'], wrong: [], outcomes: [] } },
    },
  };
}

const serverClock: Scenario = {
  failure: 'the server’s clock is an hour ahead of the brokers’',
  async run(world) {
    const server = await world.serve('first', { skewMs: hourMs });
    const client = await world.connect();
    client.order('subscribe');
    client.order('call');
    await Promise.all([
      ...calls.map((kind) => client.until(`settled ${kind}`)),
      client.until('settled tracked'),
      client.until('settled untracked'),
      server.heard('done one-way call'),
    ]);
  },
  promises: {
    query: { says: '`TIMEOUT` at once, with both clocks in its message', is: expiredAtOnce() },
    mutation: { says: 'likewise, and is not carried out', is: expiredAtOnce() },
    'keyed mutation': { says: 'likewise, and is not carried out', is: expiredAtOnce() },
    'one-way call': { says: 'is carried out', is: { done: ['first'], outcomes: ['acknowledged'] } },
    'tracked events': { says: '`TIMEOUT` at once, with both clocks in its message', is: expiredAtOnce() },
    'untracked items': { says: 'likewise', is: expiredAtOnce() },
  },
};

function expiredAtOnce(): { begun: string[]; outcomes: string[] } {
  return { begun: [], outcomes: ['TIMEOUT (clock)'] };
}

export const changes: readonly Scenario[] = [
  comes,
  goes,
  slow,
  clientClock(hourMs, 'ahead'),
  clientClock(-hourMs, 'behind'),
  serverClock,
];
