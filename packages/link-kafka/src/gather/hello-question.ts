/** The question who is there, as an asker takes it. */
import { encodeEnvelope, type HelloMessage, recordHeader } from '@trpc-kafka/core/internal';
import type { Question } from './service-asker.js';

/** What it is made from. */
export interface HelloQuestionOptions {
  /** The service's name. */
  readonly service: string;
  readonly timeoutMs: number;
  /** What servers are to tell beside the rest. */
  readonly wants: readonly string[];
  /** The `trpc-kafka` header of the asker's control records. */
  readonly controlHeader: () => string;
}

/** Makes the question. */
export function helloQuestion({ service, timeoutMs, wants, controlHeader }: HelloQuestionOptions): Question {
  return {
    what: `hello to service ${service}`,
    timeoutMs,
    // Whoever answers has done so at once.
    cancels: false,
    write(times) {
      const message: HelloMessage = { kind: 'hello', ...times, wants };
      const value = encodeEnvelope(message);
      return { value, bytes: value.length + 256, headers: { [recordHeader]: controlHeader() } };
    },
  };
}
