/** `trpc-kafka emit`: a one-way call, which is carried out whether this program waits or not. */
import type { AnyTRPCRouter } from '@trpc/server';
import type { RecordPosition } from '@trpc-kafka/core';
import { createKafkaEmitter, type KafkaEmitOptions } from '@trpc-kafka/link';
import type { Command } from 'commander';
import type { CommandOutput } from '../output/command-output.js';
import { parseDuration } from '../values/parse-duration.js';
import {
  addCallOptions,
  type CallFlags,
  type CallTools,
  type GivenCall,
  transformerOf,
  withCall,
} from './call-flags.js';

interface Flags extends CallFlags {
  readonly expires?: number;
  readonly idempotencyKey?: string;
}

const examples = `
Examples:
  $ trpc-kafka emit flights bookings.audit '{"bookingId":17}' --key 17 --brokers localhost:9092
  $ trpc-kafka emit flights bookings.remind - --expires 1h < booking.json

It is done when the brokers have the call: servers carry it out at least once, also those that start later.
What they cannot carry out: trpc-kafka dead-letters list flights.`;

/** Adds the command. */
export function addEmitCommand(program: Command, output: CommandOutput): void {
  const command = program
    .command('emit')
    .description('sends a mutation that nobody waits for, and prints where it stands')
    .option('--expires <time>', 'servers may carry it out for so long', parseDuration)
    .option('--idempotency-key <text>', 'mutations with the same text are carried out once')
    .addHelpText('after', examples);
  addCallOptions(command, 'how long brokers may take to have it').action(
    (...[service, path, input, flags, self]: [string, string, string | undefined, Flags, Command]) => {
      const call: GivenCall<Flags> = { service, path, input, flags };
      return withCall({ command: self, output, call }, async (tools) => {
        output.progress('writing');
        const { topic, partition, offset } = await send(call, tools);
        const { json } = flags;
        output.write(
          json === true
            ? `${JSON.stringify({ topic, partition, offset })}\n`
            : `${topic} ${partition}/${offset}\n`,
        );
      });
    },
  );
}

function send({ path, flags }: GivenCall<Flags>, tools: CallTools): Promise<RecordPosition> {
  const { expires, idempotencyKey } = flags;
  const options: KafkaEmitOptions = {
    ...tools.options,
    ...(expires === undefined ? {} : { expiresMs: expires }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
  return emitterAt(path, flags, tools)(tools.input, options);
}

type Emit = (input: unknown, options: KafkaEmitOptions) => Promise<RecordPosition>;

/** The emitter's procedure at a path, which no type knows of. */
function emitterAt(path: string, flags: CallFlags, { client }: CallTools): Emit {
  const transformer = transformerOf(flags);
  const options = { client, ...(transformer === undefined ? {} : { transformer }) } as never;
  let at: unknown = createKafkaEmitter<AnyTRPCRouter>(options);
  for (const name of path.split('.')) at = (at as Readonly<Record<string, unknown>>)[name];
  return at as Emit;
}
