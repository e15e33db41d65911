/** `trpc-kafka call`: a query or mutation, and its result. */
import type { ProcedureType } from '@trpc-kafka/core/internal';
import { type KafkaCallOptions, kafkaContext } from '@trpc-kafka/link';
import { type Command, Option } from 'commander';
import type { CommandOutput } from '../output/command-output.js';
import { usageError } from '../output/exit-codes.js';
import { isItems, resultText, whole } from '../output/result-text.js';
import { findProcedureType } from '../service/find-procedure.js';
import { isSuperjson } from '../values/read-input.js';
import { addCallOptions, type CallFlags, type CallTools, type GivenCall, withCall } from './call-flags.js';

interface Flags extends CallFlags {
  readonly type?: 'query' | 'mutation';
  readonly idempotencyKey?: string;
}

const examples = `
Examples:
  $ trpc-kafka call flights byNumber '"LH400"' --brokers localhost:9092
  $ trpc-kafka call flights bookings.create '{"flight":"LH400","seats":2}' --header tenant=de --timeout 30s
  $ jq .booking order.json | trpc-kafka call flights bookings.create - --json | jq -r .id

Exit codes: 0 done, 2 usage, 4 the procedure answered with an error, 5 no answer in time, 6 no server is there,
1 anything else that failed, 130 ended by Ctrl-C.`;

/** Adds the command. */
export function addCallCommand(program: Command, output: CommandOutput): void {
  const command = program
    .command('call')
    .description('calls a query or mutation and prints its result as JSON')
    .addOption(
      new Option('--type <type>', 'what it is; servers are asked where it is not said').choices([
        'query',
        'mutation',
      ]),
    )
    .option('--idempotency-key <text>', 'mutations with the same text are carried out once')
    .addHelpText('after', examples);
  addCallOptions(command, 'how long to wait for the result').action(
    (...[service, path, input, flags, self]: [string, string, string | undefined, Flags, Command]) => {
      const call: GivenCall<Flags> = { service, path, input, flags };
      return withCall({ command: self, output, call }, (tools) => run({ output, call, tools }));
    },
  );
}

interface Run {
  readonly output: CommandOutput;
  readonly call: GivenCall<Flags>;
  readonly tools: CallTools;
}

async function run({ output, call, tools }: Run): Promise<void> {
  const { path, flags } = call;
  const type = flags.type ?? (await typeOf({ output, call, tools }));
  if (type === 'subscription') {
    throw usageError(`${path} is a subscription: "trpc-kafka subscribe ${call.service} ${path}" follows it`);
  }
  output.progress(`waiting for ${path}`);
  const data = await send({ output, call, tools }, type);
  const writing = { superjson: flags.superjson === true, compact: flags.json === true };
  if (isItems(data)) {
    for await (const item of data) {
      output.write(`${resultText(await whole(item), { ...writing, compact: true })}\n`);
    }
    return;
  }
  const result = await whole(data);
  output.write(`${resultText(result, writing)}\n`);
  if (!writing.superjson && isSuperjson(result)) {
    output.note('this looks like the result of a service whose transformer is superjson: say --superjson\n');
  }
}

function typeOf({ output, call, tools }: Run): Promise<ProcedureType> {
  output.progress(`asking servers of ${call.service} what ${call.path} is`);
  const { path, flags } = call;
  return findProcedureType({
    client: tools.client,
    path,
    timeoutMs: flags.timeout,
    signal: output.stopped,
  });
}

/** Stopping it tells the server, whose resolver's signal aborts. */
function send({ output, call, tools }: Run, type: 'query' | 'mutation'): Promise<unknown> {
  const { idempotencyKey } = call.flags;
  const options: KafkaCallOptions = {
    ...tools.options,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
  const given = { signal: output.stopped, context: kafkaContext(options) };
  return type === 'query'
    ? tools.trpc.query(call.path, tools.input, given)
    : tools.trpc.mutation(call.path, tools.input, given);
}
