/** Procedures that throw what nobody should throw, and return what nobody can send. */
import { initTRPC, TRPCError } from '@trpc/server';

class Unreadable extends Error {
  override get message(): string {
    throw new Error('the message cannot be read');
  }
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function cycle(): object {
  const value: { self?: object } = {};
  value.self = value;
  return value;
}

/** What procedures throw, by name. */
export const thrown: Readonly<Record<string, () => unknown>> = {
  'a string': () => 'nope',
  undefined: () => undefined,
  null: () => null,
  'a number': () => 0,
  'a BigInt': () => 1n,
  'a symbol': () => Symbol('nope'),
  'a function': () => cycle,
  'an object': () => ({ message: 'nope', code: 'NOT_FOUND' }),
  'an object without a prototype': () => Object.create(null) as object,
  'a frozen error': () => Object.freeze(new Error('nope')),
  'a cycle': cycle,
  'an error whose cause is a cycle': () => new Error('nope', { cause: cycle() }),
  'an error that cannot be read': () => new Unreadable(),
  'a proxy that is revoked': revoked,
  'an error of an aborted signal': () => AbortSignal.abort().reason as unknown,
};

/** What procedures return, by name. */
export const unsendable: Readonly<Record<string, () => unknown>> = {
  'a cycle': cycle,
  'a BigInt': () => ({ n: 1n }),
  'what throws when it is written': () => ({
    toJSON() {
      throw new Error('not me');
    },
  }),
  'a proxy that is revoked': revoked,
  'a getter that throws': () => ({
    get value() {
      throw new Error('not me');
    },
  }),
};

const nameOf = (input: unknown): string => String(input);

/** Makes the router, over the settings of a tRPC instance. */
export function createThrowingRouter(settings: Parameters<typeof initTRPC.create>[0] = {}) {
  const t = initTRPC.create(settings);
  const { procedure } = t;
  return t.router({
    echo: procedure.input((input) => input).query(({ input }) => input),
    checked: procedure
      .input((input): string => {
        if (typeof input !== 'string') throw new Error('not a text');
        return input;
      })
      .mutation(({ input }) => input),
    fail: procedure.query(() => {
      throw new TRPCError({ code: 'FORBIDDEN', message: 'secret' });
    }),
    throws: procedure.input(nameOf).query(({ input }) => {
      throw thrown[input]?.();
    }),
    rejects: procedure.input(nameOf).mutation(({ input }) => Promise.reject(thrown[input]?.())),
    returns: procedure.input(nameOf).query(({ input }) => unsendable[input]?.()),
    throwsLate: procedure.input(nameOf).subscription(async function* ({ input }) {
      yield 'first';
      throw thrown[input]?.();
    }),
    yields: procedure.input(nameOf).subscription(async function* ({ input }) {
      yield 'first';
      yield unsendable[input]?.();
    }),
    large: procedure.input(Number).query(({ input }) => 'x'.repeat(input)),
    yieldsLarge: procedure.input(Number).subscription(async function* ({ input }) {
      yield 'first';
      yield 'x'.repeat(input);
    }),
  });
}
