/** The user's own functions when they misbehave: the caller gets an error, the process lives, the next call is answered. */
import type { AnyTRPCRouter, TRPCDataTransformer } from '@trpc/server';
import { describe, expect, test } from 'vitest';
import { targets } from '../support/broker-targets.ts';
import { codeOf, errorOf } from '../support/call-error.ts';
import type { Arena, ArenaOptions } from './support/arena.ts';
import { createThrowingRouter, thrown, unsendable } from './support/throwing-router.ts';
import { useArena } from './support/use-arena.ts';

const [devBroker] = targets;
const internal = 'INTERNAL_SERVER_ERROR';

/** Resolves with the items of a subscription and the code of the error that ended it. */
async function streamOf({ trpc }: Arena, path: string, input: unknown): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  const end = new Promise((_, reject) => {
    trpc.subscription(path, input, { onData: (item) => items.push(item), onError: reject });
  });
  const code = await codeOf(end);
  return [...items, code];
}

async function expectAlive({ trpc }: Arena): Promise<void> {
  expect(await trpc.query('echo', 'still here')).toBe('still here');
}

describe('procedures', () => {
  const arena = useArena(devBroker!, { router: createThrowingRouter() });

  test.each(Object.keys(thrown))('that throw %s', async (name) => {
    expect(await codeOf(arena().trpc.query('throws', name))).toBe(internal);
    expect(await codeOf(arena().trpc.mutation('rejects', name))).toBe(internal);
    expect(await streamOf(arena(), 'throwsLate', name)).toEqual(['first', internal]);
    await expectAlive(arena());
  });

  test.each(Object.keys(unsendable))('that return %s', async (name) => {
    expect(await codeOf(arena().trpc.query('returns', name))).toBe(internal);
    expect(await streamOf(arena(), 'yields', name)).toEqual(['first', internal]);
    await expectAlive(arena());
  });

  test.each([[undefined], [null], [7], [{ toString: 'a' }], [[]]])(
    'whose validator refuses %j',
    async (input) => {
      const error = await errorOf(arena().trpc.mutation('checked', input));
      expect(error).toMatchObject({ message: 'not a text', data: { code: 'BAD_REQUEST', path: 'checked' } });
      await expectAlive(arena());
    },
  );

  test('that return more than a record may have', async () => {
    const before = arena().reported.items.length;
    expect(await codeOf(arena().trpc.query('large', 900_000))).toBe('PAYLOAD_TOO_LARGE');
    expect(await streamOf(arena(), 'yieldsLarge', 900_000)).toEqual(['first', 'PAYLOAD_TOO_LARGE']);
    const told = expect.stringMatching(/the result has 9\d{5} bytes, at most 900000 may be sent/);
    expect(arena().reported.items.slice(before)).toEqual([told, told]);
    // The largest that may be sent is sent: the limit is the record's, of which 600 bytes are room for the rest of it.
    expect(await arena().trpc.query('large', 899_400)).toHaveLength(899_400);
  });
});

interface BadServer extends Omit<ArenaOptions, 'brokers'> {
  readonly name: string;
  /** What a call to `fail` ends with. @default INTERNAL_SERVER_ERROR */
  readonly code?: string;
}

const fail = (): never => {
  throw new Error('not me');
};
function cycle(): object {
  const shape: { self?: object } = {};
  shape.self = shape;
  return shape;
}

const formatted = (errorFormatter: () => never): AnyTRPCRouter => createThrowingRouter({ errorFormatter });

const badServers: readonly BadServer[] = [
  { name: 'an errorFormatter that throws', router: formatted(fail) },
  {
    name: 'an errorFormatter that throws undefined',
    router: formatted(() => {
      throw undefined;
    }),
  },
  { name: 'an errorFormatter that returns a cycle', router: formatted(() => cycle() as never) },
  { name: 'an errorFormatter that returns a BigInt', router: formatted(() => ({ code: 1n }) as never) },
  { name: 'an onError that throws', handler: { onError: fail }, code: 'FORBIDDEN' },
  {
    name: 'an onError that rejects',
    handler: { onError: (() => Promise.reject(new Error('not me'))) as () => void },
    code: 'FORBIDDEN',
  },
  {
    name: 'a logger that throws',
    handler: { logger: { debug: fail, info: fail, warn: fail, error: fail }, onError: fail },
    code: 'FORBIDDEN',
  },
  {
    name: 'everything at once',
    router: formatted(fail),
    handler: { onError: fail, logger: { debug: fail, info: fail, warn: fail, error: fail } },
  },
];

describe.each(badServers)('$name', ({ code = internal, ...options }) => {
  const arena = useArena(devBroker!, { router: createThrowingRouter(), ...options });

  test('does not keep the caller from an answer', async () => {
    const error: unknown = await arena()
      .trpc.query('fail')
      .catch((cause: unknown) => cause);
    expect(error).toMatchObject({ data: { code } });
    if (code === internal) expect(JSON.stringify(error)).not.toMatch(/secret|not me/);
    await expectAlive(arena());
  });
});

describe('a createContext', () => {
  let bad: unknown;
  const arena = useArena(devBroker!, {
    router: createThrowingRouter(),
    handler: {
      createContext: async ({ info }) => {
        if (info.calls[0]?.path === 'fail') throw bad;
        return {};
      },
    },
  });

  test.each(Object.keys(thrown))('that throws %s', async (name) => {
    bad = thrown[name]?.();
    expect(await codeOf(arena().trpc.query('fail'))).toBe(internal);
    await expectAlive(arena());
  });
});

interface BadTransformer {
  readonly name: string;
  readonly server?: Partial<TRPCDataTransformer>;
  readonly client?: Partial<TRPCDataTransformer>;
  readonly code: unknown;
}

const plain: TRPCDataTransformer = {
  serialize: (value: unknown) => value,
  deserialize: (value: unknown) => value,
};
const onlyBad = (value: unknown): unknown => (value === 'bad' ? fail() : value);
const isBad = (value: unknown): unknown => (JSON.stringify(value).includes('bad') ? fail() : value);

const badTransformers: readonly BadTransformer[] = [
  { name: 'cannot restore an input', server: { deserialize: onlyBad }, code: 'PARSE_ERROR' },
  { name: 'cannot write a result', server: { serialize: onlyBad }, code: internal },
  { name: 'cannot write the error either', server: { serialize: isBad }, code: internal },
  { name: 'cannot write an input', client: { serialize: onlyBad }, code: 'not me' },
  {
    name: 'cannot restore a result',
    client: { deserialize: onlyBad },
    code: 'Unable to transform response from server',
  },
];

describe.each(badTransformers)('a transformer that $name', ({ server, client, code }) => {
  const arena = useArena(devBroker!, {
    router: createThrowingRouter({ transformer: { ...plain, ...server } }),
    transformer: { ...plain, ...client },
  });

  test('fails that call and no other', async () => {
    expect(await codeOf(arena().trpc.query('echo', 'bad'))).toBe(code);
    await expectAlive(arena());
  });
});

describe('a transformer that can write nothing at all', () => {
  let broken = false;
  const serialize = (value: unknown): unknown => (broken ? fail() : value);
  const arena = useArena(devBroker!, {
    router: createThrowingRouter({ transformer: { ...plain, serialize } }),
    transformer: plain,
  });

  test('fails the call, so that nobody waits for a timeout', async () => {
    broken = true;
    expect(await codeOf(arena().trpc.query('echo', 1))).toBe(internal);
    broken = false;
    await expectAlive(arena());
  });
});
