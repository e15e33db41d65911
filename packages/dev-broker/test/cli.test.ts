import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Kafka, logLevel } from 'kafkajs';
import { expect, test } from 'vitest';
import { parseOptions } from '../src/cli/parse-options.js';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const parse = (...flags: string[]) => parseOptions(['node', 'dev-broker', ...flags]);

test('the command prints its brokers, serves them, and ends cleanly when told to', async () => {
  const args = ['--import', 'tsx', 'src/cli.ts', '--port', '0', '--nodes', '2', '--topic', 'orders:3:2'];
  const child = spawn(process.execPath, args, { cwd: packageFolder, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const kafka = new Kafka({ brokers: line.split(','), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const { topics } = await admin.fetchTopicMetadata({ topics: ['orders'] });
  await admin.disconnect();
  child.kill('SIGTERM');

  expect(line.split(',')).toHaveLength(2);
  expect(topics[0]?.partitions.map(({ replicas }) => replicas.length)).toEqual([2, 2, 2]);
  expect(await exited).toEqual([0, null]);
});

test('flags become options', () => {
  expect(parse()).toEqual({ nodes: 1, port: 9092, host: '127.0.0.1', firstNodeId: 1, topics: [] });
  const flags =
    '-n 3 -p 19092 --first-node-id 0 --auto-create -t a -t b:4 ' +
    '-s log.message.timestamp.type=LogAppendTime -s group.initial.rebalance.delay.ms=3000';
  expect(parse(...flags.split(' '))).toEqual({
    nodes: 3,
    port: 19092,
    host: '127.0.0.1',
    firstNodeId: 0,
    topics: [{ name: 'a' }, { name: 'b', partitions: 4 }],
    'auto.create.topics.enable': true,
    'log.message.timestamp.type': 'LogAppendTime',
    'group.initial.rebalance.delay.ms': 3000,
  });
});
