/** The program with its commands. Each command is a file of commands/ that adds itself to a `Command`. */
import { Command } from 'commander';
import { addCallCommand } from './commands/call.js';
import { addDeadLetterCommands } from './commands/dead-letters.js';
import { addEmitCommand } from './commands/emit.js';
import { addLsCommand } from './commands/ls.js';
import { addStatsCommand } from './commands/stats.js';
import { addSubscribeCommand } from './commands/subscribe.js';
import { addTopicCommands } from './commands/topics.js';
import type { CommandOutput } from './output/command-output.js';

/**
 * Makes the program, for the command line or to be run by another: `await createProgram(output).parseAsync(argv)`.
 * It does not end the process: usage errors are thrown as commander's `CommanderError`, failures as they are.
 */
export function createProgram(output: CommandOutput): Command {
  const program = new Command('trpc-kafka')
    .description('Calls services that speak tRPC over Kafka, and looks after them.')
    .showHelpAfterError('(add --help for what can be given)')
    .configureOutput({
      writeOut: (text) => output.write(text),
      writeErr: (text) => output.note(text),
    })
    .exitOverride();
  addCallCommand(program, output);
  addEmitCommand(program, output);
  addSubscribeCommand(program, output);
  addLsCommand(program, output);
  addStatsCommand(program, output);
  addTopicCommands(program, output);
  addDeadLetterCommands(program, output);
  return program;
}
