/** One end of a ping-pong over Kafka: what a client must do to be compared without any RPC. */
import type { ContestantSetting } from './contestant.ts';

/** An end: writes to one topic, reads another, each of one partition. */
export interface RawLine {
  /** Hands over every value that is written to the read topic from now on. Resolves when that is so. */
  start(onValue: (value: Buffer) => void): Promise<void>;
  /** Writes a value with those that are written in the same turn. What fails ends the process. */
  write(value: Buffer): void;
  /** Writes what is left, and ends both. */
  close(): Promise<void>;
}

/** Opens an end; nothing connects before `start`. */
export type OpenRawLine = (
  setting: ContestantSetting,
  topics: { readonly readTopic: string; readonly writeTopic: string },
) => RawLine;
