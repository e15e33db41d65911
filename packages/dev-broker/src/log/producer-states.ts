/**
 * What one partition remembers of its idempotent producers (KIP-98, ProducerStateManager).
 *
 * Owns: sequence checks and the recognition of batches sent again. Must not know: offsets beyond those it
 * is told, the log. Kafka keeps the last five batches of a producer, which is why clients may have five in flight.
 */
import { KafkaError } from '../protocol/kafka-error.js';
import type { BatchHeader } from './record-batch.js';

const KEPT_BATCHES = 5;
const MAX_SEQUENCE = 0x7fff_ffff;
/** Producers come and go; the one heard of least recently is forgotten first. */
const MAX_PRODUCERS = 10_000;

/** A batch that was appended, as the answer to its producer needs it. */
export interface AppendedBatch {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: number;
  readonly timestamp: number;
}

interface ProducerState {
  epoch: number;
  batches: AppendedBatch[];
}

/** The producers of one partition. */
export interface ProducerStates {
  /** The earlier append of the same batch, undefined for a batch that is next in order; throws where it is neither. */
  check(header: BatchHeader): AppendedBatch | undefined;
  /** Remembers an append. */
  record(header: BatchHeader, baseOffset: number, timestamp: number): void;
}

/** Sequence numbers wrap around to 0 after 2^31 - 1. */
function sequenceAfter(sequence: number, increment: number): number {
  const sum = sequence + increment;
  return sum > MAX_SEQUENCE ? sum - MAX_SEQUENCE - 1 : sum;
}

function checkOrder(state: ProducerState, header: BatchHeader): void {
  if (header.producerEpoch !== state.epoch) {
    if (header.baseSequence !== 0) {
      throw new KafkaError(
        'OUT_OF_ORDER_SEQUENCE_NUMBER',
        `producer ${header.producerId} starts epoch ${header.producerEpoch} at sequence ${header.baseSequence} instead of 0`,
      );
    }
    return;
  }
  const last = state.batches.at(-1);
  if (last === undefined) return;
  const expected = sequenceAfter(last.lastSequence, 1);
  if (header.baseSequence !== expected) {
    throw new KafkaError(
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
      `producer ${header.producerId} sent sequence ${header.baseSequence}, expected ${expected}`,
    );
  }
}

export function createProducerStates(): ProducerStates {
  const producers = new Map<number, ProducerState>();
  return {
    check(header) {
      const state = producers.get(header.producerId);
      // A producer that is not known may start anywhere: retention may have removed all it ever wrote.
      if (state === undefined) return undefined;
      if (header.producerEpoch < state.epoch) {
        throw new KafkaError(
          'INVALID_PRODUCER_EPOCH',
          `epoch ${header.producerEpoch} of producer ${header.producerId} is older than ${state.epoch}`,
        );
      }
      const lastSequence = sequenceAfter(header.baseSequence, header.lastOffsetDelta);
      const duplicate =
        header.producerEpoch === state.epoch
          ? state.batches.find(
              (b) => b.firstSequence === header.baseSequence && b.lastSequence === lastSequence,
            )
          : undefined;
      if (duplicate === undefined) checkOrder(state, header);
      return duplicate;
    },
    record(header, baseOffset, timestamp) {
      const known = producers.get(header.producerId);
      const state =
        known?.epoch === header.producerEpoch ? known : { epoch: header.producerEpoch, batches: [] };
      state.batches.push({
        firstSequence: header.baseSequence,
        lastSequence: sequenceAfter(header.baseSequence, header.lastOffsetDelta),
        baseOffset,
        timestamp,
      });
      if (state.batches.length > KEPT_BATCHES) state.batches.shift();
      producers.delete(header.producerId);
      producers.set(header.producerId, state);
      if (producers.size > MAX_PRODUCERS) producers.delete(producers.keys().next().value!);
    },
  };
}
