/** Input nobody sends by mistake: bytes, JSON and records near the rules and far from them. */
import fc, { type Arbitrary } from 'fast-check';
import { isKafkaTransportError } from '../../src/errors/transport-error.js';
import { encodeEnvelope } from '../../src/protocol/envelope.js';
import { joinEnvelopes } from '../../src/protocol/record-value.js';
import { count, json, message, text } from './arbitrary-message.js';

/** What may stand where a field is expected: often right, often nearly right. */
const nearField: Arbitrary<unknown> = fc.oneof(
  json,
  count,
  text,
  fc.constantFrom(null, -1, 1.5, 2 ** 53, 1e300, '', '2.0', [], {}, true),
  fc.constantFrom('query', 'mutation', 'subscription', 'one-way', 'cancel', 'credit', 'expired', 'lease'),
  fc.constantFrom('data', 'started', 'stopped', 'chunk'),
  fc.record({ items: fc.oneof(count, json), bytes: fc.oneof(count, json) }, { requiredKeys: [] }),
);

const nearObject = (keys: readonly string[], value: Arbitrary<unknown>): Arbitrary<unknown> =>
  fc
    .array(fc.tuple(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...keys) }, text), value))
    .map((entries) => Object.fromEntries(entries));

const kafkaKeys = ['kind', 'seq', 'sentBytes', 'timeoutMs', 'deadlineMs', 'idempotencyKey', 'credit'];
const nearFacts = nearObject([...kafkaKeys, 'connectionParams', 'features', 'nowMs', '__proto__'], nearField);
const nearParams = nearObject(['path', 'input', 'lastEventId', '__proto__'], nearField);
const nearResult = nearObject(['type', 'data', 'id', '__proto__'], nearField);

/** JSON with the keys of envelopes and whatever beneath them. */
export const nearEnvelope: Arbitrary<unknown> = fc
  .record(
    {
      id: fc.oneof({ weight: 5, arbitrary: count }, nearField),
      jsonrpc: nearField,
      method: fc.oneof(fc.constantFrom('query', 'mutation', 'subscription'), nearField),
      params: fc.oneof({ weight: 5, arbitrary: nearParams }, nearField),
      result: fc.oneof({ weight: 5, arbitrary: nearResult }, nearField),
      error: nearField,
      kafka: fc.oneof({ weight: 5, arbitrary: nearFacts }, nearField),
    },
    { requiredKeys: [] },
  )
  .map((value) => JSON.parse(JSON.stringify(value)));

/** The value of a valid record with a few bytes changed, cut, doubled or put in. */
export const mutatedValue: Arbitrary<Uint8Array> = fc
  .tuple(fc.array(message, { minLength: 1, maxLength: 4 }), fc.array(edit(), { minLength: 1, maxLength: 5 }))
  .map(([messages, edits]) => {
    let bytes = Buffer.from(joinEnvelopes(messages.map(encodeEnvelope)));
    for (const { at, remove, insert } of edits) {
      const start = at % (bytes.length + 1);
      bytes = Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)]);
    }
    return bytes;
  });

function edit(): Arbitrary<{ at: number; remove: number; insert: Uint8Array }> {
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    'null',
    '-1',
    '1e999',
    '\\ud800',
    '"kafka":{"kind":"x"},',
    '"id":0,',
  ];
  return fc.record({
    at: fc.nat(),
    remove: fc.nat(6),
    insert: fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc.constantFrom(...pieces).map((piece) => Buffer.from(piece)),
    ),
  });
}

/** Runs what may refuse its input; anything thrown but a `KafkaTransportError` goes on. Returns its code, or `undefined`. */
export function refusalOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (isKafkaTransportError(error)) return error.code;
    throw error;
  }
}
