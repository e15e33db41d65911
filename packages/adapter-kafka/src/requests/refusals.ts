/** What becomes of records and calls that are not carried out: counted, told, and answered where somebody is known to wait. */
import type { IncomingRecord, TransportLogger } from '@trpc-kafka/core';
import type { CallMessage, Counters } from '@trpc-kafka/core/internal';
import { ServedCall } from '../calls/served-call.js';
import type { KafkaHandlerCounter, KafkaHandlerEvent } from '../options.js';
import type { ErrorReporter } from '../replies/error-reporter.js';
import type { Replier } from '../replies/replier.js';
import { toRefusalError } from '../replies/to-trpc-error.js';
import { type ReadCalls, type Refusal, toKafkaRequest } from './call-reader.js';

/** Who is told. */
export interface Refusing {
  readonly replier: Replier;
  readonly reporter: ErrorReporter;
  readonly counters: Counters<KafkaHandlerCounter>;
  readonly logger: TransportLogger;
  readonly emit: (event: KafkaHandlerEvent) => void;
}

/** A record that is done with when what is said of it is written. */
export interface HeldRecord {
  hold(): void;
  settle(): void;
}

/** A call, or what should be one, that is not run. */
interface Refused {
  readonly read: ReadCalls;
  /** @default nothing waits for the answer */
  readonly held?: HeldRecord;
}

/** Reports what cannot be carried out, and answers its caller where an address can be read. */
export function refuse(
  options: Refusing,
  record: IncomingRecord,
  refused: Refused & { readonly refusal: Refusal },
): void {
  const { refusal } = refused;
  const { counters, logger, emit, reporter } = options;
  const { topic, partition, offset } = record;
  counters.add(refusal.unknownKind ? 'unknownKinds' : 'refused');
  logger.warn({ err: refusal.error, topic, partition, offset }, 'a record was refused');
  emit({ type: 'refused', error: refusal.error, position: { topic, partition, offset } });
  if (answerRefusal(options, record, refused)) return;
  reporter.report({
    error: toRefusalError(refusal.error),
    type: 'unknown',
    path: undefined,
    input: undefined,
    ctx: undefined,
    req: undefined,
  });
}

/** Answers who made a call that is refused as it is read. False when nobody is known. */
export function answerRefusal(
  options: Pick<Refusing, 'replier'>,
  record: IncomingRecord,
  refused: Refused & { readonly refusal: Refusal },
): boolean {
  const { read, refusal } = refused;
  const { id, error } = refusal;
  if (id === undefined || read.replyTo === undefined) return false;
  const call: CallMessage = { kind: 'call', id, method: 'query', path: '', input: undefined };
  refuseCall(options, record, { ...refused, call, cause: toRefusalError(error) });
  return true;
}

/** Answers all calls of a record that are not to be run. */
export function refuseCalls(
  options: Pick<Refusing, 'replier'>,
  record: IncomingRecord,
  refused: Refused & { readonly cause: unknown },
): void {
  for (const call of refused.read.calls) refuseCall(options, record, { ...refused, call });
}

function refuseCall(
  options: Pick<Refusing, 'replier'>,
  record: IncomingRecord,
  { read, call, cause, held }: Refused & { readonly call: CallMessage; readonly cause: unknown },
): void {
  held?.hold();
  const served = new ServedCall({
    message: call,
    req: toKafkaRequest(record, read, call),
    replyTo: read.replyTo,
    deadlineMs: undefined,
    batchIndex: 0,
    isBatchCall: read.batchSize > 1,
    onBegun() {},
    onSettled: () => held?.settle(),
  });
  options.replier.error(served, cause, { ctx: undefined, input: call.input });
  served.settle();
}
