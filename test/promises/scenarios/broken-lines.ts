/** Lines to the brokers that are silent for a while. */
import { expect } from 'vitest';
import { calls } from '../history.ts';
import type { Scenario } from '../scenario.ts';
import { answeredBoth, goesOn, outlivedSession } from './recurring-promises.ts';
import {
  allDone,
  beginAll,
  callsDone,
  untilCarriedOut,
  untilSettled,
  untilStreamingAgain,
  untilStreamsAt,
} from './steps.ts';

const clientCut: Scenario = {
  failure: 'the client’s line to the brokers is cut, and is mended before the deadline',
  async run(world) {
    const server = await world.serve('first', { holds: true });
    const client = await world.connect();
    await beginAll(client, server);
    client.line.cut();
    client.order('call');
    server.order('release');
    await server.heard(...callsDone);
    client.line.mend();
    await untilSettled(client, 2);
    await untilCarriedOut(server, 2);
  },
  promises: {
    query: {
      says: 'is answered when the line is back; so is one made meanwhile',
      is: answeredBoth,
    },
    mutation: { says: 'likewise, run once', is: answeredBoth },
    'keyed mutation': {
      says: 'likewise, run once',
      is: answeredBoth,
    },
    'one-way call': {
      says: 'is acknowledged when the line is back',
      is: { done: ['first', 'first'], outcomes: ['acknowledged', 'acknowledged'] },
    },
    'tracked events': {
      says: 'goes on when the line is back: no gap, no repeat',
      is: { wrong: [], outcomes: [] },
    },
    'untracked items': {
      says: 'goes on when the line is back, or begins anew when its server has heard nothing for `lostAfterMs`',
      is: { wrong: [], outcomes: [] },
    },
  },
};

const clientCutForLong: Scenario = {
  failure: 'the client’s line to the brokers is cut for longer than the deadline',
  async run(world) {
    const server = await world.serve('first', { holds: true });
    const client = await world.connect({ timeoutMs: 4000 });
    await beginAll(client, server);
    client.line.cut();
    client.order('call');
    server.order('release');
    await Promise.all(calls.slice(0, 3).map((kind) => client.until(`settled ${kind}`, 2)));
    client.line.mend();
    await client.until('settled one-way call', 2);
    await untilStreamingAgain(client);
  },
  promises: {
    query: {
      says: '`TIMEOUT`; a record whose writing was in doubt may still be written, and run',
      is: { outcomes: ['TIMEOUT', 'TIMEOUT'] },
    },
    mutation: {
      says: '`TIMEOUT`: it may have been carried out, or may yet be when the line is back',
      is: { outcomes: ['TIMEOUT', 'TIMEOUT'] },
    },
    'keyed mutation': { says: 'likewise', is: { outcomes: ['TIMEOUT', 'TIMEOUT'] } },
    'one-way call': {
      says: 'has no deadline: it is acknowledged when the line is back',
      is: { outcomes: ['acknowledged', 'acknowledged'] },
    },
    'tracked events': {
      says: 'goes on when the line is back: no gap, no repeat',
      is: { wrong: [], outcomes: [] },
    },
    'untracked items': {
      says: 'begins anew when the line is back, or fails with `STREAM_LOST` where `onLost` says so',
      is: { begun: expect.arrayContaining(['first', 'first']), wrong: [], outcomes: [] },
    },
  },
};

const serverCut: Scenario = {
  failure: 'the server’s line to the brokers is cut for longer than its session (6 s)',
  async run(world) {
    const first = await world.serve('first', { holds: true });
    const client = await world.connect();
    await beginAll(client, first);
    first.line.cut();
    const second = await world.serve('second');
    await untilStreamsAt(second);
    await untilSettled(client);
    await untilCarriedOut(second);
    first.line.mend();
    first.order('release');
    await first.heard(...allDone);
    await untilStreamingAgain(client);
  },
  promises: outlivedSession,
};

const leaderDies: Scenario = {
  failure: 'the leader of a partition dies',
  needsFaults: true,
  async run(world, faults) {
    const server = await world.serve('first', { holds: true });
    const client = await world.connect();
    await beginAll(client, server);
    const failedOver = faults.killLeader();
    client.order('call');
    server.order('release');
    await failedOver;
    await untilSettled(client, 2);
    await untilCarriedOut(server, 2);
  },
  promises: {
    query: {
      says: 'waits for the next leader, and is answered',
      is: answeredBoth,
    },
    mutation: { says: 'likewise, run once', is: answeredBoth },
    'keyed mutation': {
      says: 'likewise, run once',
      is: answeredBoth,
    },
    'one-way call': {
      says: 'what was acknowledged is carried out; what was not waits for the next leader',
      is: { done: ['first', 'first'], outcomes: ['acknowledged', 'acknowledged'] },
    },
    'tracked events': goesOn,
    'untracked items': goesOn,
  },
};

const brokersAway: Scenario = {
  failure: 'all brokers are away, and come back before the deadline',
  needsFaults: true,
  async run(world, faults) {
    const server = await world.serve('first', { holds: true });
    const client = await world.connect();
    await beginAll(client, server);
    await faults.takeAway();
    client.order('call');
    server.order('release');
    await server.heard(...callsDone);
    await faults.bringBack();
    await untilSettled(client, 2);
    await untilCarriedOut(server, 2);
  },
  promises: {
    query: {
      says: 'is answered when they are back; so is one made meanwhile',
      is: answeredBoth,
    },
    mutation: { says: 'likewise, run once', is: answeredBoth },
    'keyed mutation': {
      says: 'likewise, run once',
      is: answeredBoth,
    },
    'one-way call': {
      says: 'is acknowledged when they are back',
      is: { done: ['first', 'first'], outcomes: ['acknowledged', 'acknowledged'] },
    },
    'tracked events': goesOn,
    'untracked items': goesOn,
  },
};

export const brokenLines: readonly Scenario[] = [
  clientCut,
  clientCutForLong,
  serverCut,
  leaderDies,
  brokersAway,
];
