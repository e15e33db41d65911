import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeEnvelope } from '../../src/protocol/decode-envelope.js';
import { encodeEnvelope } from '../../src/protocol/envelope.js';
import * as limits from '../../src/protocol/limits.js';
import type { Message } from '../../src/protocol/message.js';
import { readRecord } from '../../src/protocol/read-record.js';
import {
  formatParts,
  formatSender,
  formatSingleCall,
  parseRecordFacts,
} from '../../src/protocol/record-facts.js';
import { decodeValue } from '../../src/protocol/record-value.js';
import { protocolVersion } from '../../src/protocol/version.js';

const document = readFileSync(new URL('../../../../PROTOCOL.md', import.meta.url), 'utf8');

/** The code blocks of the document whose fence says `info`, or begins with it. */
function blocks(info: RegExp): { info: string; code: string }[] {
  const fences = document.matchAll(/^```([^\n]*)\n(.*?)^```$/gms);
  return Array.from(fences, ([, tag = '', code = '']) => ({ info: tag, code })).filter((each) =>
    info.test(each.info),
  );
}

const kinds: Record<Message['kind'], true> = {
  call: true,
  cancel: true,
  credit: true,
  data: true,
  chunk: true,
  error: true,
  started: true,
  stopped: true,
  expired: true,
  'maybe-executed': true,
  lease: true,
  lost: true,
  heartbeat: true,
  'go-away': true,
  hello: true,
  'hello-reply': true,
};

describe('JSON examples', () => {
  const examples = blocks(/^json /);

  test.each(examples.filter(({ info }) => info !== 'json bundle'))('$info: $code', ({ info, code }) => {
    const example: unknown = JSON.parse(code);
    const decoded = decodeEnvelope(example);
    if (!decoded.ok) throw new Error(decoded.reason);
    expect(`json ${decoded.message.kind}`).toBe(info);
    // Nothing in an example may be a field that is ignored.
    expect(JSON.parse(encodeEnvelope(decoded.message))).toStrictEqual(example);
  });

  test.each(examples.filter(({ info }) => info === 'json bundle'))('$info: $code', ({ code }) => {
    expect(decodeValue(Buffer.from(code)).map(({ ok }) => ok)).toEqual([true, true]);
  });

  test('there is one of every message, and no JSON that is not checked', () => {
    const shown = new Set(examples.map(({ info }) => info.slice('json '.length)));
    expect([...shown].sort()).toEqual([...Object.keys(kinds), 'bundle'].sort());
    expect(blocks(/^json$/)).toEqual([]);
  });
});

describe('headers', () => {
  const headers = blocks(/^text header$/).flatMap(({ code }) => code.trim().split('\n'));

  test.each(headers)('%s', (header) => {
    const { from, replyTo, codec, id, deadlineMs, parts } = parseRecordFacts(header);
    const sender = formatParts(formatSender(from, replyTo, codec), parts);
    const single = deadlineMs === undefined ? {} : { deadlineMs };
    expect(id === undefined ? sender : formatSingleCall(sender, { id, ...single })).toBe(header);
  });

  test('there are some', () => expect(headers.length).toBeGreaterThan(2));
});

test('what kcat shows are records that can be read', () => {
  const lines = blocks(/^console$/).flatMap(({ code }) =>
    code.split('\n').filter((line) => line.startsWith('trpc-kafka=')),
  );
  const records = lines.map((line) => {
    const space = line.indexOf(' ');
    const pairs = line.slice(0, space).split(',');
    const headers = Object.fromEntries(
      pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    );
    return readRecord({ headers, value: Buffer.from(line.slice(space + 1)) });
  });
  expect(records).toMatchObject([
    { envelopes: [{ ok: true, message: { kind: 'call' } }] },
    { to: 'clientInboxAtCheckoutA', envelopes: [{ ok: true, message: { kind: 'data' } }] },
  ]);
});

test('the call to be made by hand is one', () => {
  const [, value, header] = /echo '([^']+)' \|\n.* -H 'trpc-kafka=([^']+)'/.exec(document)!;
  expect(readRecord({ headers: { 'trpc-kafka': header }, value: Buffer.from(value!) })).toMatchObject({
    facts: { replyTo: { topic: 'flights.replies', partition: 0 } },
    envelopes: [{ ok: true, message: { kind: 'call' } }],
  });
});

test('the limits are the ones in force', () => {
  const rows = document.matchAll(/^\| `(max\w+)`[^|]*\| ([\d,]+) \|$/gm);
  const stated = Object.fromEntries(
    Array.from(rows, ([, name, value]) => [name, Number(value!.replaceAll(',', ''))]),
  );
  expect(stated).toEqual({ ...limits });
});

test('the version is the one in force', () => {
  expect(document).toContain(`# The trpc-kafka protocol, version ${protocolVersion}\n`);
});

test('every link into the document has a heading to go to', () => {
  const anchors = Array.from(document.matchAll(/^#+ (.+)$/gm), ([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
  const links = Array.from(document.matchAll(/\]\(#([^)]+)\)/g), ([, anchor]) => anchor);
  expect(links.length).toBeGreaterThan(5);
  for (const link of links) expect(anchors).toContain(link);
});
