import type { Profiler } from 'node:inspector';
import { expect, test } from 'vitest';
import { ownerTimes } from './profile-owners.js';

function node(id: number, functionName: string, url: string): Profiler.ProfileNode {
  const callFrame = { functionName, url, scriptId: '0', lineNumber: 0, columnNumber: 0 };
  return { id, callFrame };
}

test('time is that of the function itself, added up by owner, without what was idle', () => {
  const nodes = [
    node(1, '(root)', ''),
    node(2, '(idle)', ''),
    node(3, '(garbage collector)', ''),
    node(
      4,
      'send',
      'file:///app/node_modules/.pnpm/kafkajs@2/node_modules/kafkajs/src/network/connection.js',
    ),
    node(5, 'query', 'file:///app/node_modules/@trpc/client/dist/index.mjs'),
    node(6, 'call', 'file:///app/dist/processes/client.mjs'),
    node(7, 'write', 'node:net'),
    node(8, 'take', 'file:///app/dist/processes/client.mjs'),
  ];
  const samples = [2, 3, 4, 5, 6, 7, 8, 6];
  const timeDeltas = [9000, 1000, 2000, 3000, 4000, 5000, 6000, 500];
  expect(ownerTimes({ nodes, samples, timeDeltas, startTime: 0, endTime: 0 })).toEqual({
    'garbage collection': 1,
    kafkajs: 2,
    tRPC: 3,
    'trpc-kafka, and who calls': 10.5,
    'Node and the system': 5,
  });
});
