/** `trpc-kafka subscribe`: the items of a subscription, one JSON text a line, no faster than they are read. */
import { createStreamPace, type KafkaCallOptions, kafkaContext, type StreamPace } from '@trpc-kafka/link';
import type { Command } from 'commander';
import type { CommandOutput } from '../output/command-output.js';
import { resultText } from '../output/result-text.js';
import { toCount } from '../values/parse-values.js';
import { addCallOptions, type CallFlags, type CallTools, type GivenCall, withCall } from './call-flags.js';

interface Flags extends CallFlags {
  readonly count?: number;
}

const examples = `
Examples:
  $ trpc-kafka subscribe flights countdown 3 --brokers localhost:9092
  $ trpc-kafka subscribe flights departures '{"airport":"FRA"}' --count 10 | jq .gate

Ctrl-C ends it in good order, with exit code 0: its server is told. A tracked event is printed with its id, as
{"id":…,"data":…}. Where its server dies, it goes on with another, and says so on standard error.`;

/** Adds the command. */
export function addSubscribeCommand(program: Command, output: CommandOutput): void {
  const command = program
    .command('subscribe')
    .description('follows a subscription and prints each item as a line of JSON')
    .option('-n, --count <items>', 'ends after so many items', toCount)
    .addHelpText('after', examples);
  addCallOptions(command, 'how long to wait for its start').action(
    (...[service, path, input, flags, self]: [string, string, string | undefined, Flags, Command]) => {
      const call: GivenCall<Flags> = { service, path, input, flags };
      return withCall({ command: self, output, call }, async (tools) => {
        tools.client.on((event) => {
          if (event.type === 'stream-lost')
            output.note(`the stream was lost and is opened again: ${event.error.message}\n`);
        });
        output.progress(`waiting for ${path} to start`);
        await follow({ output, call, tools, pace: createStreamPace() });
      });
    },
  );
}

interface Following {
  readonly output: CommandOutput;
  readonly call: GivenCall<Flags>;
  readonly tools: CallTools;
  readonly pace: StreamPace;
}

/** Resolves at the stream's end, when there were enough items, and when it is stopped. */
function follow({ output, call, tools, pace }: Following): Promise<void> {
  const { path, flags } = call;
  const options: KafkaCallOptions = { ...tools.options, pace };
  const writing = { superjson: flags.superjson === true, compact: true };
  let left = flags.count ?? Number.POSITIVE_INFINITY;
  return new Promise((resolve, reject) => {
    const subscription = tools.trpc.subscription(path, tools.input, {
      context: kafkaContext(options),
      onStarted: () => output.progress(`following ${path}`),
      onData(item) {
        if (left === 0) return;
        left--;
        output.write(`${resultText(item, writing)}\n`, () => pace.taken());
        if (left === 0) end();
      },
      onComplete: resolve,
      onError: reject,
    });
    const end = (): void => {
      subscription.unsubscribe();
      resolve();
    };
    if (output.stopped.aborted) end();
    output.stopped.addEventListener('abort', end, { once: true });
  });
}
