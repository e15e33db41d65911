/** Processes that die, or are away for so long that others take them for dead. */
import type { Scenario } from '../scenario.ts';
import { outlivedSession } from './recurring-promises.ts';
import {
  allDone,
  beginAll,
  beginStreams,
  both,
  callsDone,
  untilCarriedOut,
  untilSettled,
  untilStreamsAt,
} from './steps.ts';

const clientDies: Scenario = {
  failure: 'the client is killed while it waits',
  async run(world) {
    const server = await world.serve('first', { holds: true });
    const client = await world.connect();
    await beginAll(client, server);
    client.signal('SIGKILL');
    server.order('release');
    await server.heard(...allDone);
  },
  promises: {
    query: {
      says: 'runs to its end, or its deadline; nobody reads the answer',
      is: { done: ['first'], outcomes: [] },
    },
    mutation: { says: 'likewise', is: { done: ['first'], outcomes: [] } },
    'keyed mutation': { says: 'likewise', is: { done: ['first'], outcomes: [] } },
    'one-way call': { says: 'is carried out, once it was acknowledged', is: { done: ['first'] } },
    'tracked events': { says: 'its generator is ended after `lostAfterMs`', is: { done: ['first'] } },
    'untracked items': { says: 'likewise', is: { done: ['first'] } },
  },
};

const notBegun: Scenario = {
  failure: 'the server is killed before it begins',
  async run(world) {
    const first = await world.serve('first');
    const client = await world.connect();
    first.signal('SIGSTOP');
    client.order('subscribe');
    client.order('call');
    await Promise.all([world.untilWritten('requests', 5), world.untilWritten('oneWay', 1)]);
    first.signal('SIGKILL');
    const second = await world.serve('second');
    await untilSettled(client);
    await untilCarriedOut(second);
  },
  promises: {
    query: { says: 'is run by its successor', is: { begun: ['second'], outcomes: ['second'] } },
    mutation: {
      says: '`MAYBE_EXECUTED`: nobody can tell that it had not begun',
      is: { begun: [], outcomes: ['MAYBE_EXECUTED'] },
    },
    'keyed mutation': { says: 'is run by its successor', is: { begun: ['second'], outcomes: ['second'] } },
    'one-way call': { says: 'is carried out by its successor', is: { begun: ['second'] } },
    'tracked events': { says: 'begins at its successor', is: { begun: ['second'], wrong: [], outcomes: [] } },
    'untracked items': {
      says: 'begins at its successor',
      is: { begun: ['second'], wrong: [], outcomes: [] },
    },
  },
};

const during: Scenario = {
  failure: 'the server is killed while the resolver runs',
  async run(world) {
    const first = await world.serve('first', { holds: true });
    const client = await world.connect();
    await beginAll(client, first);
    first.signal('SIGKILL');
    const second = await world.serve('second');
    await untilStreamsAt(second);
    await untilSettled(client);
    await untilCarriedOut(second);
  },
  promises: {
    query: {
      says: 'is run again by its successor',
      is: { begun: both, outcomes: ['second'] },
    },
    mutation: {
      says: '`MAYBE_EXECUTED`, and is not run again',
      is: { begun: ['first'], outcomes: ['MAYBE_EXECUTED'] },
    },
    'keyed mutation': {
      says: 'is run again by its successor',
      is: { begun: ['first', 'second'], outcomes: ['second'] },
    },
    'one-way call': {
      says: 'is carried out again by its successor',
      is: { begun: ['first', 'second'], done: ['second'] },
    },
    'tracked events': {
      says: 'goes on at another instance after `lostAfterMs`: no gap, no repeat',
      is: { begun: both, wrong: [], outcomes: [] },
    },
    'untracked items': {
      says: 'begins anew at another instance after `lostAfterMs`, or fails with `STREAM_LOST` where `onLost` says so',
      is: { begun: both, outcomes: [] },
    },
  },
};

const afterwards: Scenario = {
  failure: 'the server is killed after the resolver, before the answer is written',
  async run(world) {
    const first = await world.serve('first');
    const client = await world.connect();
    await beginStreams(client);
    first.order('hold replies');
    await first.heard('holds replies');
    client.order('call');
    await first.heard(...callsDone);
    first.signal('SIGKILL');
    await untilStreamsAt(await world.serve('second'));
    await untilSettled(client);
  },
  promises: {
    query: { says: 'is run again by its successor', is: { done: ['first', 'second'], outcomes: ['second'] } },
    mutation: {
      says: '`MAYBE_EXECUTED`, and is not run again',
      is: { done: ['first'], outcomes: ['MAYBE_EXECUTED'] },
    },
    'keyed mutation': {
      says: 'is run again by its successor',
      is: { done: ['first', 'second'], outcomes: ['second'] },
    },
    'one-way call': {
      says: 'is carried out again, unless that it was done has been committed',
      is: { outcomes: ['acknowledged'] },
    },
    'tracked events': {
      says: 'goes on at another instance after `lostAfterMs`: no gap, no repeat',
      is: { begun: both, wrong: [], outcomes: [] },
    },
    'untracked items': {
      says: 'begins anew at another instance after `lostAfterMs`: what was not sent is lost',
      is: { begun: both, outcomes: [] },
    },
  },
};

const stopped: Scenario = {
  failure: 'the server stands still for longer than its session (6 s), and then goes on',
  async run(world) {
    const first = await world.serve('first', { holds: true });
    const client = await world.connect();
    await beginAll(client, first);
    first.signal('SIGSTOP');
    const second = await world.serve('second');
    await untilStreamsAt(second);
    await untilSettled(client);
    await untilCarriedOut(second);
    first.signal('SIGCONT');
    first.order('release');
    await first.heard(...allDone);
    await untilSettled(client);
  },
  promises: outlivedSession,
};

export const deadProcesses: readonly Scenario[] = [clientDies, notBegun, during, afterwards, stopped];
