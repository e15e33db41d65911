/**
 * @trpc-kafka/cli: the command line `trpc-kafka`. cli.ts is the process, run-program.ts one command in it; commands/
 * says what can be asked, connection/ how brokers are reached, service/ whom a command asks, values/ how arguments are
 * read, output/ how answers look.
 */

export type { CommandOutput } from './output/command-output.js';
export { createProgram } from './program.js';
export { runProgram } from './run-program.js';
