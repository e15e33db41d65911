import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inboxId, recordFacts, text } from '../../test/protocol/arbitrary-message.js';
import { isKafkaTransportError } from '../errors/transport-error.js';
import {
  assertVersion,
  formatSender,
  formatSingleCall,
  parseRecordFacts,
  type RecordFacts,
} from './record-facts.js';

const from = 'Xq3-_0AbCdEfGhIjKlMnOp';

function format(facts: RecordFacts): string {
  const sender = formatSender(facts.from, facts.replyTo);
  const { id, deadlineMs } = facts;
  if (id === undefined) return sender;
  return formatSingleCall(sender, { id, ...(deadlineMs === undefined ? {} : { deadlineMs }) });
}

describe('round trips', () => {
  test('facts that were written are read as the same', () => {
    fc.assert(
      fc.property(recordFacts, (facts) => {
        expect(parseRecordFacts(format(facts))).toStrictEqual(facts);
      }),
    );
  });

  test('a header is printable and has no spaces, so that kcat shows it in one line', () => {
    fc.assert(
      fc.property(recordFacts, (facts) => {
        expect(format(facts)).toMatch(/^[!-~]+$/);
      }),
    );
  });

  test('an id that is not plain text never gets into the header, whatever it holds', () => {
    fc.assert(
      fc.property(inboxId, text, (sender, id) => {
        const facts = parseRecordFacts(formatSingleCall(formatSender(sender), { id }));
        expect(facts.from).toBe(sender);
        expect(facts.id ?? id).toBe(id);
      }),
    );
    expect(formatSingleCall(formatSender(from), { id: '1;from=x' })).toBe(formatSender(from));
  });
});

test('an example in full', () => {
  expect(
    parseRecordFacts(`1;json;from=${from};at=checkout.replies/3;id=17;deadline=1800000000000`),
  ).toStrictEqual({
    version: 1,
    codec: 'json',
    from,
    replyTo: { topic: 'checkout.replies', partition: 3, inboxId: from },
    id: '17',
    deadlineMs: 1_800_000_000_000,
  });
});

describe('what later releases may do', () => {
  test('unknown fields are ignored, wherever they stand', () => {
    expect(parseRecordFacts(`1;json;zz=;new=a=b/c;from=${from};hop=2`)).toStrictEqual({
      version: 1,
      codec: 'json',
      from,
    });
  });

  test('of a repeated field the first counts', () => {
    const other = 'AAAAAAAAAAAAAAAAAAAAAA';
    const facts = parseRecordFacts(`1;json;from=${from};from=${other};id=1;id=2;at=a/1;at=b/2`);
    expect(facts).toMatchObject({ from, id: '1', replyTo: { topic: 'a', partition: 1, inboxId: from } });
  });

  test('another major version is read as far as it goes, and refused by assertVersion', () => {
    const facts = parseRecordFacts(`2;cbor;from=${from};id=17`);
    expect(facts).toMatchObject({ version: 2, codec: 'cbor', id: '17' });
    expect(() => assertVersion(facts)).toThrow(/^UNSUPPORTED_VERSION: .*version 2, this side speaks 1/);
  });
});

describe('refused, with the reason', () => {
  test.each([
    ['', 'does not begin with a version'],
    ['hello', 'does not begin with a version'],
    ['0;json', 'does not begin with a version'],
    ['-1;json', 'does not begin with a version'],
    ['01;json', 'does not begin with a version'],
    ['1.1;json', 'does not begin with a version'],
    ['99999;json', 'does not begin with a version'],
    ['\ufeff1;json', 'does not begin with a version'],
    ['1', 'second part is no codec'],
    ['1;', 'second part is no codec'],
    ['1;JSON!', 'second part is no codec'],
    ['1;json', '`from` is no inbox id'],
    ['1;json;from=me', '`from` is no inbox id'],
    [`1;json;from=${from}\n`, '`from` is no inbox id'],
    [`1;json;from=${from};`, '"" is no name=value'],
    [`1;json;from=${from};urgent`, '"urgent" is no name=value'],
    [`1;json;from=${from};=x`, '"=x" is no name=value'],
    [`1;json;from=${from};at=nowhere`, '`at` is no topic/partition'],
    [`1;json;from=${from};at=a/-1`, '`at` is no topic/partition'],
    [`1;json;from=${from};id=`, '`id` has characters an id cannot have'],
    [`1;json;from=${from};id=a b`, '`id` has characters an id cannot have'],
    [`1;json;from=${from};id=${'x'.repeat(129)}`, '`id` has characters an id cannot have'],
    [`1;json;from=${from};deadline=-1`, '`deadline` is no time in ms'],
    [`1;json;from=${from};deadline=NaN`, '`deadline` is no time in ms'],
    [`1;json;from=${from};deadline=Infinity`, '`deadline` is no time in ms'],
    [`1;json;from=${from};deadline=1e15`, '`deadline` is no time in ms'],
    [`1;json;from=${from};deadline=1000000000000000`, '`deadline` is no time in ms'],
    [`1;json;from=${from};deadline=`, '`deadline` is no time in ms'],
  ])('%j: %s', (header, reason) => {
    expect(() => parseRecordFacts(header)).toThrow(`PARSE_ERROR: the header trpc-kafka cannot be read: `);
    expect(() => parseRecordFacts(header)).toThrow(reason);
  });

  test('more than 1,024 characters', () => {
    const header = `1;json;from=${from};pad=`;
    expect(parseRecordFacts(header.padEnd(1024, 'x'))).toMatchObject({ from });
    expect(() => parseRecordFacts(header.padEnd(1025, 'x'))).toThrow(
      'it has 1025 characters, at most 1024 are read',
    );
  });

  test('a reason quotes no character that could forge a line of a log', () => {
    expect(() => parseRecordFacts(`1;json;a\nb`)).toThrow('"a\\nb" is no name=value');
  });
});

test('whatever text a header holds, nothing but a PARSE_ERROR is thrown', () => {
  const soup = fc.array(
    fc.oneof(text, fc.constantFrom('1', ';', '=', 'json', 'from=', from, 'at=', 'a/1', 'id=', 'deadline=')),
  );
  fc.assert(
    fc.property(soup, (parts) => {
      try {
        parseRecordFacts(parts.join(''));
      } catch (error) {
        expect(isKafkaTransportError(error) && error.code).toBe('PARSE_ERROR');
      }
    }),
    { numRuns: 1000 },
  );
});
