/**
 * A client that calls on and on, and follows a subscription: `node caller.js <service> <broker> ...`. Each line it prints
 * is JSON: the side that answered a call or sent an event, when it is heard for the first time; a call that failed, an
 * event that is missing or came twice; how many calls there have been, every so often.
 * When its input ends, it stops, lets the calls in flight finish, and ends.
 */
import { inspect } from 'node:util';
import { connect, type SkewClient } from './skew-client.js';

const callers = 4;
const callsBetweenLines = 100;
const heard = new Set<string>();
const stop = new AbortController();

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Says it when it is new. */
function hear(line: object): void {
  const text = JSON.stringify(line);
  if (heard.has(text)) return;
  heard.add(text);
  say(line);
}

let calls = 0;

async function callOnAndOn({ trpc }: SkewClient): Promise<void> {
  while (!stop.signal.aborted) {
    try {
      hear({ answeredBy: await trpc.side.query() });
    } catch (error) {
      say({ failure: inspect(error) });
    }
    if (++calls % callsBetweenLines === 0) say({ calls });
  }
}

/** Subscribes again behind the last event whenever the subscription fails, as users without a retryLink do. */
async function follow({ trpc }: SkewClient): Promise<void> {
  let last = 0;
  while (!stop.signal.aborted) {
    await new Promise<void>((resolve) => {
      const subscription = trpc.ticks.subscribe(last === 0 ? {} : { lastEventId: String(last) }, {
        onData({ id, data }) {
          if (Number(id) !== last + 1) say({ failure: `event ${id} came after ${last}` });
          last = Number(id);
          hear({ streamedBy: data });
        },
        onError: () => resolve(),
        onComplete: () => resolve(),
      });
      stop.signal.addEventListener('abort', () => subscription.unsubscribe(), { once: true });
    });
  }
}

async function main(): Promise<void> {
  const [service = '', ...brokers] = process.argv.slice(2);
  const client = connect(service, brokers);
  process.stdin.on('end', () => stop.abort()).resume();
  await Promise.all([...Array.from({ length: callers }, () => callOnAndOn(client)), follow(client)]);
  await client.kafkaClient.close();
}

void main();
