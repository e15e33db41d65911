/** Cells that more than one line of the table has. */
import type { KindPromise, Scenario } from '../scenario.ts';
import { both } from './steps.ts';

/** Of a call in flight and one made meanwhile: each was run once, and answered by who ran it. */
export const answeredBoth = { begun: ['first', 'first'], outcomes: ['first', 'first'] };

/** Of a stream that nothing has touched. */
export const goesOn: KindPromise = {
  says: 'goes on: no gap, no repeat',
  is: { begun: ['first'], wrong: [], outcomes: [] },
};

/** The server is away for longer than its session, and comes back with what it had begun. */
export const outlivedSession: Scenario['promises'] = {
  query: {
    says: 'is run again by its successor; the late answer is dropped',
    is: { done: ['first', 'second'], outcomes: ['second'] },
  },
  mutation: {
    says: '`MAYBE_EXECUTED`; its first run goes on to its end, there is no second',
    is: { done: ['first'], outcomes: ['MAYBE_EXECUTED'] },
  },
  'keyed mutation': {
    says: 'is run again by its successor, beside the first',
    is: { done: ['first', 'second'], outcomes: ['second'] },
  },
  'one-way call': { says: 'is carried out again, beside the first', is: { done: ['first', 'second'] } },
  'tracked events': {
    says: 'goes on at another instance after `lostAfterMs`: no gap, no repeat; what the first still sends is dropped',
    is: { begun: both, wrong: [], outcomes: [] },
  },
  'untracked items': {
    says: 'begins anew at another instance after `lostAfterMs`',
    is: { begun: both, wrong: [], outcomes: [] },
  },
};
