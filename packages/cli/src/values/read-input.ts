/** A procedure's input as it is given: JSON in an argument or from standard input. */
import { text } from 'node:stream/consumers';
import superjson from 'superjson';
import { usageError } from '../output/exit-codes.js';

/** How it is to be read. */
export interface InputReading {
  /** The service's transformer is superjson. */
  readonly superjson: boolean;
}

/** Reads it: `undefined` where none is given, all of standard input for `-`. @throws a usage error. */
export async function readInput(given: string | undefined, reading: InputReading): Promise<unknown> {
  if (given === undefined) return undefined;
  const json = given === '-' ? await text(process.stdin) : given;
  if (given === '-' && json.trim() === '') return undefined;
  return toInput(json, reading);
}

/** @throws a usage error that says how it is meant. */
export function toInput(json: string, reading: InputReading): unknown {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw usageError(
      `the input is no JSON: ${(error as Error).message}. A text needs its own quotes: '"LH400"'. Say - to have it read from standard input`,
    );
  }
  return reading.superjson && isSuperjson(value) ? superjson.deserialize(value) : value;
}

interface SuperjsonText {
  json: never;
  meta?: never;
}

/** True of data as superjson writes them: only this spelling can say that a text is a date. */
export function isSuperjson(value: unknown): value is SuperjsonText {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'json')) return false;
  return Object.keys(value).every((key) => key === 'json' || key === 'meta');
}
