/**
 * A client that calls on and on: `node caller.js <service> <broker> ...`. Each line it prints is JSON: the side that
 * answered, when it is heard for the first time; a call that failed; how many there have been, every so often.
 * When its input ends, it stops, lets the calls in flight finish, and ends.
 */
import { inspect } from 'node:util';
import { connect } from './skew-client.js';

const callers = 4;
const callsBetweenLines = 100;

async function main(): Promise<void> {
  const [service = '', ...brokers] = process.argv.slice(2);
  const { trpc, kafkaClient } = connect(service, brokers);
  const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
  const answered = new Set<string | undefined>();
  let calls = 0;
  let isStopped = false;
  process.stdin.on('end', () => (isStopped = true)).resume();
  const callOnAndOn = async (): Promise<void> => {
    while (!isStopped) {
      try {
        const side = await trpc.side.query();
        if (!answered.has(side)) say({ answeredBy: side });
        answered.add(side);
      } catch (error) {
        say({ failure: inspect(error) });
      }
      if (++calls % callsBetweenLines === 0) say({ calls });
    }
  };
  await Promise.all(Array.from({ length: callers }, callOnAndOn));
  await kafkaClient.close();
}

void main();
