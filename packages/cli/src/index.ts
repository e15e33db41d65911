/**
 * @trpc-kafka/cli: the command line `trpc-kafka`. cli.ts is the program; commands/ says what can be asked, connection/ how
 * brokers are reached, output/ how answers look.
 */

export type { CommandOutput } from './output/command-output.js';
export { createProgram } from './program.js';
