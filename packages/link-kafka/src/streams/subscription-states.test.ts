import { behaviorSubject } from '@trpc/server/observable';
import { expect, test } from 'vitest';
import type { ConnectionState } from '../client/client-connection.js';
import type { OperationStart } from '../operations/operation.js';
import { tellStates } from './subscription-states.js';

const error = new Error('brokers are away');
const openState: ConnectionState = { state: 'pending' };

function follow(first: ConnectionState) {
  const connection = behaviorSubject<ConnectionState>(first);
  const log: unknown[] = [];
  const start = {
    op: { context: { mine: true } },
    observer: { next: ({ result }: { result: { state: string } }) => log.push(result.state) },
    runtime: { connection: { states: connection } },
  } as unknown as OperationStart;
  const states = tellStates(start, () => log.push('returned'));
  return { log, states, connection };
}

test('the first connection is no return', () => {
  const { log, connection } = follow({ state: 'idle' });
  connection.next({ state: 'connecting', error: null });
  connection.next(openState);
  expect(log).toEqual(['idle', 'connecting', 'pending']);
});

test('a lost connection is back once, after the subscriber was told', () => {
  const { log, connection } = follow(openState);
  // Again for each attempt that fails.
  connection.next({ state: 'connecting', error });
  connection.next({ state: 'connecting', error });
  connection.next(openState);
  expect(log).toEqual(['pending', 'connecting', 'connecting', 'pending', 'returned']);
});

test('a stream that is lost beside its connection is back when it has begun anew', () => {
  const { log, states, connection } = follow(openState);
  connection.next({ state: 'connecting', error });
  states.lost(error);
  connection.next(openState);
  states.restored();
  expect(log).toEqual(['pending', 'connecting', 'connecting', 'pending']);
});
