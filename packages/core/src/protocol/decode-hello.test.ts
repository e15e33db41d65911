import { describe, expect, test } from 'vitest';
import { decodeEnvelope } from './decode-envelope.js';
import { maxListed } from './limits.js';

const hello = { kind: 'hello', timeoutMs: 1000 };
const reply = {
  kind: 'hello-reply',
  service: 'flights',
  software: 'trpc-kafka/1.0.0',
  state: 'ready',
  startedAtMs: 1,
  nowMs: 2,
  calls: 0,
  waiting: 0,
  streams: 0,
  assigned: [],
};
const decode = (kafka: object) => decodeEnvelope({ id: 1, kafka });

describe('a hello', () => {
  test.each([
    [{ timeoutMs: undefined }, /`kafka.timeoutMs`/],
    [{ timeoutMs: -1 }, /`kafka.timeoutMs`/],
    [{ timeoutMs: 86_400_001 }, /`kafka.timeoutMs`/],
    [{ deadlineMs: 'soon' }, /`kafka.deadlineMs`/],
  ])('is refused with %o', (fields, says) => {
    expect(decode({ ...hello, ...fields })).toMatchObject({
      ok: false,
      id: 1,
      reason: expect.stringMatching(says),
    });
  });

  test('may want anything, as far as it is read', () => {
    const wants = [...Array<string>(70).fill('x'), 1];
    expect(decode({ ...hello, wants })).toMatchObject({ message: { wants: Array(64).fill('x') } });
    expect(decode({ ...hello, wants: 'all' })).toMatchObject({ message: { wants: [] } });
  });
});

describe('a hello reply', () => {
  test.each([
    [{ service: 7 }, /`kafka.service`/],
    [{ software: 'x'.repeat(257) }, /`kafka.software`/],
    [{ state: null }, /`kafka.state`/],
    [{ startedAtMs: 1e300 }, /`kafka.startedAtMs`/],
    [{ nowMs: -1 }, /`kafka.nowMs`/],
    [{ calls: 0.5 }, /`kafka.calls`/],
    [{ waiting: undefined }, /`kafka.waiting`/],
    [{ streams: '3' }, /`kafka.streams`/],
    [{ assigned: {} }, /`kafka.assigned`/],
    [{ assigned: [{ topic: 't', partitions: [-1] }] }, /`kafka.assigned`/],
    [{ procedures: [{ path: 'a', type: 'delete' }] }, /`kafka.procedures`/],
    [{ procedures: [null] }, /`kafka.procedures`/],
  ])('is refused with %o', (fields, says) => {
    expect(decode({ ...reply, ...fields })).toMatchObject({
      ok: false,
      id: 1,
      reason: expect.stringMatching(says),
    });
  });

  test('lists no more than is read, and keeps its own keys only', () => {
    const partitions = Array.from({ length: maxListed + 5 }, (_, n) => n);
    const procedures = [{ path: 'a', type: 'query', gather: 'yes', ['__proto__']: 1, constructor: 2 }];
    const decoded = decode({ ...reply, assigned: [{ topic: 't', partitions }], procedures });
    if (!decoded.ok || decoded.message.kind !== 'hello-reply') throw new Error('it was refused');
    expect(decoded.message.assigned[0]!.partitions).toHaveLength(maxListed);
    expect(decoded.message.procedures).toStrictEqual([{ path: 'a', type: 'query' }]);
  });
});

test('a gather call without an end is refused, and its caller can be told', () => {
  const call = { id: 1, method: 'query', params: { path: 'a' }, kafka: { kind: 'gather' } };
  expect(decodeEnvelope(call)).toMatchObject({
    ok: false,
    id: 1,
    call: true,
    reason: expect.stringMatching(/no `kafka.timeoutMs`/),
  });
});
