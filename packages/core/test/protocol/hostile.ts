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
  fc.constantFrom(
    'query',
    'mutation',
    'subscription',
    'one-way',
    'cancel',
    'credit',
    'expired',
    'maybe-executed',
    'lease',
  ),
  fc.constantFrom('data', 'started', 'stopped', 'chunk'),
  fc.record({ items: fc.oneof(count, json), bytes: fc.oneof(count, json) }, { requiredKeys: [] }),
);

const fields: readonly (readonly string[])[] = [
  ...['id', 'jsonrpc', 'method', 'params', 'result', 'error', 'kafka', '__proto__', 'more'].map((name) => [
    name,
  ]),
  ...['path', 'input', 'lastEventId', '__proto__'].map((name) => ['params', name]),
  ...['type', 'data', 'id', '__proto__'].map((name) => ['result', name]),
  ...['kind', 'seq', 'sentBytes', 'timeoutMs', 'deadlineMs', 'idempotencyKey'].map((name) => ['kafka', name]),
  ...['credit', 'chunks', 'lines', 'connectionParams', 'features', 'nowMs', '__proto__'].map((name) => [
    'kafka',
    name,
  ]),
];

/** Sets a field, or removes it where `value` is undefined, as far as there is something it could be a field of. */
function change(envelope: unknown, path: readonly string[], value: unknown): void {
  const owner: unknown = path
    .slice(0, -1)
    .reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], envelope);
  const name = path.at(-1)!;
  if (typeof owner !== 'object' || owner === null) return;
  if (value === undefined) Reflect.deleteProperty(owner, name);
  // A copy, since a value that is set twice, the second time within itself, would be a circle, and no JSON.
  else
    Object.defineProperty(owner, name, {
      value: structuredClone(value),
      enumerable: true,
      configurable: true,
      writable: true,
    });
}

const fieldChange = fc.tuple(fc.constantFrom(...fields), fc.option(nearField, { nil: undefined, freq: 3 }));

/** Valid envelopes of which a few fields are gone, changed, or new. */
export const nearEnvelope: Arbitrary<unknown> = fc
  .tuple(message, fc.array(fieldChange, { minLength: 1, maxLength: 3 }))
  .map(([sent, changes]) => {
    const envelope: unknown = JSON.parse(encodeEnvelope(sent));
    for (const [path, value] of changes) change(envelope, path, value);
    return JSON.parse(JSON.stringify(envelope));
  });

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
