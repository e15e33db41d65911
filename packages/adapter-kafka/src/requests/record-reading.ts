/** What reading calls from a topic needs, whether somebody waits for their outcome or not. */
import type { IncomingRecord, KafkaDriver, RecordInterceptor, TransportLogger } from '@trpc-kafka/core';
import { type CallMessage, type CodecTable, type Counters, deadlineOf } from '@trpc-kafka/core/internal';
import type { KafkaHandlerCounter, KafkaHandlerEvent } from '../options.js';
import type { ErrorReporter } from '../replies/error-reporter.js';
import type { BatchLimit } from './batch-limit.js';

/** How a topic of calls is read. */
export interface RecordReading {
  readonly driver: Pick<KafkaDriver, 'openGroup'>;
  readonly groupId: string;
  readonly topic: string;
  /** True when brokers write the records' times. */
  readonly appendTime: boolean;
  readonly clockSkewMs: number;
  /** The codecs that are read. */
  readonly codecs: CodecTable;
  readonly interceptors: readonly RecordInterceptor[];
  readonly batchLimit: BatchLimit;
  readonly reporter: ErrorReporter;
  readonly counters: Counters<KafkaHandlerCounter>;
  readonly logger: TransportLogger;
  readonly emit: (event: KafkaHandlerEvent) => void;
}

/** When a call ends, by this server's clock; `undefined` when it never does. */
export function deadlineOfCall(
  reading: Pick<RecordReading, 'appendTime' | 'clockSkewMs'>,
  record: IncomingRecord,
  { timeoutMs, deadlineMs }: Pick<CallMessage, 'timeoutMs' | 'deadlineMs'>,
): number | undefined {
  return deadlineOf({
    timestampMs: record.timestampMs,
    appendTime: reading.appendTime,
    clockSkewMs: reading.clockSkewMs,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  });
}
