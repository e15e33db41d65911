/** Records that make no sense in any topic, as data. */
import type { IHeaders } from 'kafkajs';

export interface Rubbish {
  readonly name: string;
  /** @param header a `trpc-kafka` header that is right */
  readonly headers: (header: string) => IHeaders;
  readonly value: string | Buffer | null;
  readonly says: RegExp;
  /** The transport's code for it. @default 'PARSE_ERROR' */
  readonly code?: string;
}

const right = (header: string): IHeaders => ({ 'trpc-kafka': header });
const thousandHeaders = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`h${i}`, `value ${i}`]));
const tenThousand = `[${Array(10_000).fill('{"id":1}').join(',')}]`;

export const rubbish: readonly Rubbish[] = [
  { name: 'a record that is not ours', headers: () => ({}), value: 'hello', says: /no header trpc-kafka/ },
  { name: 'bytes', headers: () => ({}), value: Buffer.from([0, 255, 0, 1]), says: /no header trpc-kafka/ },
  { name: 'nothing', headers: () => ({}), value: null, says: /no header trpc-kafka/ },
  { name: '1,000 headers', headers: () => thousandHeaders, value: '{}', says: /no header trpc-kafka/ },
  { name: 'truncated JSON', headers: right, value: '{"id":1,"met', says: /no UTF-8 JSON/ },
  { name: 'no value', headers: right, value: null, says: /it has no value/ },
  {
    name: 'a value that is not UTF-8',
    headers: right,
    value: Buffer.from([0x22, 0xff, 0x22]),
    says: /no UTF-8/,
  },
  { name: 'a bundle of 10,000', headers: right, value: tenThousand, says: /10000 envelopes, at most/ },
  { name: 'a bundle in a bundle', headers: right, value: '[[{"id":1}]]', says: /bundles do not nest/ },
  { name: 'an envelope of nothing', headers: right, value: '{"id":1}', says: /has neither `method`/ },
  {
    name: 'a header that is not UTF-8',
    headers: (header) => ({ 'trpc-kafka': Buffer.concat([Buffer.from(header), Buffer.from([0xff])]) }),
    value: '{"id":1}',
    says: /trpc-kafka is not UTF-8/,
  },
  {
    name: 'our header twice',
    headers: (header) => ({ 'trpc-kafka': [header, header] }),
    value: '{"id":1}',
    says: /more than one header trpc-kafka/,
  },
  {
    name: 'two addressees',
    headers: (header) => ({ 'trpc-kafka': header, 'trpc-kafka-to': ['a', 'b'] }),
    value: '{"id":1}',
    says: /more than one header trpc-kafka-to/,
  },
  {
    name: 'another version',
    headers: (header) => ({ 'trpc-kafka': header.replace(/^1/, '99') }),
    value: '{"id":1}',
    says: /protocol version 99/,
    code: 'UNSUPPORTED_VERSION',
  },
];
