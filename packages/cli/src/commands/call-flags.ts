/** What `call`, `emit` and `subscribe` have in common: their arguments, flags, and the client they work with. */

import { createTRPCUntypedClient, type TRPCUntypedClient } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import type { KafkaService } from '@trpc-kafka/core';
import { assertUserHeaders } from '@trpc-kafka/core/internal';
import { type KafkaCallOptions, type KafkaClient, kafkaLink } from '@trpc-kafka/link';
import type { Command } from 'commander';
import superjson from 'superjson';
import { addConnectionOptions } from '../connection/connection-options.js';
import type { CommandOutput } from '../output/command-output.js';
import { withBrokers, withClient } from '../service/service-target.js';
import { durationOption } from '../values/parse-duration.js';
import { headerOption } from '../values/parse-values.js';
import { readInput } from '../values/read-input.js';

/** Flags of every call. */
export interface CallFlags {
  readonly superjson?: true;
  readonly timeout: number;
  readonly header: Readonly<Record<string, string>>;
  readonly key?: string;
  readonly app: string;
  readonly json?: true;
}

/** One call as it was given. */
export interface GivenCall<TFlags extends CallFlags = CallFlags> {
  readonly service: string;
  readonly path: string;
  readonly input: string | undefined;
  readonly flags: TFlags;
}

/** The name of this program among client applications, by which its reply topic is called. */
export const defaultApp = 'trpc-kafka-cli';

/** Adds arguments and flags. */
export function addCallOptions(command: Command, timeoutMeans: string): Command {
  return addConnectionOptions(
    addAppOption(
      command
        .argument('<service>', "the service's name")
        .argument('<path>', "the procedure's path: bookings.create")
        .argument('[input]', 'its input as JSON; - reads it from standard input')
        .option('--superjson', "the service's transformer is superjson")
        .addOption(durationOption('--timeout <time>', timeoutMeans, 10_000))
        .addOption(headerOption('a header of the call'))
        .option('--key <text>', 'calls with the same key go to the same partition')
        .option('--json', 'answers on one line, errors as JSON'),
    ),
  );
}

/** Adds the flag that says where replies are read. */
export function addAppOption(command: Command): Command {
  return command.option(
    '--app <name>',
    'replies are read from the topic <name>.replies, which is made where it is missing',
    defaultApp,
  );
}

/** What one call is made with. */
export interface CallTools {
  readonly client: KafkaClient;
  readonly trpc: TRPCUntypedClient<AnyTRPCRouter>;
  readonly service: KafkaService;
  /** Restored: with superjson as the procedure is to get it. */
  readonly input: unknown;
  readonly options: KafkaCallOptions;
}

/** Reads the input, connects, and makes the call. */
export async function withCall(
  { command, output, call }: { command: Command; output: CommandOutput; call: GivenCall },
  run: (tools: CallTools) => Promise<void>,
): Promise<void> {
  const { flags } = call;
  assertUserHeaders(flags.header);
  const input = await readInput(call.input, { superjson: flags.superjson === true });
  await withBrokers({ command, output }, async (target) => {
    const service = target.define(call.service);
    await withClient(target, { service, app: flags.app }, async (client) => {
      const options = { timeoutMs: flags.timeout, headers: flags.header, ...definedKey(flags.key) };
      await run({ client, service, input, options, trpc: createTrpc(client, flags) });
    });
  });
}

/** The transformer that a service was said to have. */
export function transformerOf({ superjson: wanted }: CallFlags): typeof superjson | undefined {
  return wanted === true ? superjson : undefined;
}

function createTrpc(client: KafkaClient, flags: CallFlags): TRPCUntypedClient<AnyTRPCRouter> {
  const transformer = transformerOf(flags);
  // Whether there is a transformer is in a router's type; here it is in a flag.
  const options = { client, ...(transformer === undefined ? {} : { transformer }) } as never;
  return createTRPCUntypedClient<AnyTRPCRouter>({ links: [kafkaLink<AnyTRPCRouter>(options)] });
}

function definedKey(key: string | undefined): { key?: string } {
  return key === undefined ? {} : { key };
}
