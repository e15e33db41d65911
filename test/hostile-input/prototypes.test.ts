/** Names that JavaScript gives a meaning, wherever a caller may choose one: they change no object but the caller's own. */
import { initTRPC } from '@trpc/server';
import superjson from 'superjson';
import { describe, expect, test } from 'vitest';
import { targets } from '../support/broker-targets.ts';
import { createCollector } from '../support/collector.ts';
import { useArena } from './support/use-arena.ts';

interface Seen {
  readonly tenant: unknown;
  readonly token: unknown;
  readonly isAdmin: unknown;
}

const polluted = '{"polluted":true}';

/** A call whose parts are written as JSON, since objects of a program have no such names. */
interface Attack {
  readonly name: string;
  readonly input?: string;
  readonly params?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the call may be carried out all the same. */
  readonly isHarmless: boolean;
}

const attacks: readonly Attack[] = [
  { name: '__proto__ in an input', input: `{"json":{"__proto__":${polluted}}}`, isHarmless: true },
  {
    name: 'constructor in an input',
    input: `{"json":{"constructor":{"prototype":${polluted}}}}`,
    isHarmless: true,
  },
  {
    name: 'a value that superjson is to restore at __proto__',
    input: '{"json":{},"meta":{"values":{"__proto__.polluted":["Date"]}}}',
    isHarmless: false,
  },
  {
    name: 'a value that superjson is to restore at constructor.prototype',
    input: '{"json":{},"meta":{"values":{"constructor.prototype.polluted":["Date"]}}}',
    isHarmless: false,
  },
  {
    name: 'an object that superjson is to put in the place of a prototype',
    input: `{"json":{"a":${polluted}},"meta":{"referentialEqualities":{"a":["__proto__.polluted","constructor.prototype.polluted"]}}}`,
    isHarmless: false,
  },
  {
    name: '__proto__ in connection parameters',
    params: '{"__proto__":"polluted","constructor":"x","tenant":"acme"}',
    isHarmless: true,
  },
  {
    name: '__proto__ among headers',
    headers: { ['__proto__']: 'polluted', constructor: 'x', token: 't' },
    isHarmless: true,
  },
];

describe.each(targets)('on $name', (target) => {
  const t = initTRPC.create({ transformer: superjson });
  const seen = createCollector<Seen>();
  const arena = useArena(target, {
    transformer: superjson,
    router: t.router({
      echo: t.procedure.input((input) => input).query(({ input }) => input),
      look: t.procedure.input((input) => input).query(() => 'looked'),
    }),
    handler: {
      createContext: async ({ req, info }) => {
        const { headers } = req as { headers: Record<string, unknown> };
        const params = info.connectionParams as Record<string, unknown> | null;
        seen.add({ tenant: params?.['tenant'], token: headers['token'], isAdmin: headers['polluted'] });
        return {};
      },
    },
  });

  async function call({
    input = '{"json":{}}',
    params,
    headers = {},
  }: Omit<Attack, 'name'>): Promise<unknown> {
    const { stranger, service, trpc } = arena();
    const before = stranger.replies.items.length;
    const facts = params === undefined ? '{}' : `{"connectionParams":${params}}`;
    const ours = { 'trpc-kafka': stranger.header };
    await stranger.write({
      topic: service.topics.requests.topic,
      // Written out, so that `__proto__` is a field of its own and not the prototype.
      headers: Object.fromEntries([...Object.entries(headers), ...Object.entries(ours)]),
      value: `{"id":"x","method":"query","params":{"path":"look","input":${input}},"kafka":${facts}}`,
    });
    await stranger.replies.count(before + 1);
    expect(await trpc.query('echo', 'still here')).toBe('still here');
    return stranger.replies.items[before];
  }

  test.skipIf(target.skip).each(attacks)('no prototype is polluted by $name', async (attack) => {
    const reply = await call(attack);
    expect(reply).toMatchObject({ kind: attack.isHarmless ? 'data' : 'error' });
    for (const prototype of [Object.prototype, Array.prototype, Function.prototype])
      expect(prototype).not.toHaveProperty('polluted');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(seen.items.every(({ isAdmin }) => isAdmin === undefined)).toBe(true);
  });

  test.skipIf(target.skip)('what stands beside such names arrives', async () => {
    const from = seen.items.length;
    await call(attacks.find(({ params }) => params !== undefined)!);
    await call(attacks.find(({ headers }) => headers !== undefined)!);
    expect(seen.items.slice(from)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ tenant: 'acme' }),
        expect.objectContaining({ token: 't' }),
      ]),
    );
  });

  test.skipIf(target.skip).each(['7', '"text"', '["a"]', '{"a":1}', '{"a":null}', '{"a":{"b":"c"}}', 'null'])(
    'connection parameters that are no texts are refused: %s',
    async (params) => {
      const from = seen.items.length;
      expect(await call({ params, isHarmless: false })).toMatchObject({
        kind: 'error',
        error: { json: { data: { code: 'PARSE_ERROR' } } },
      });
      // The good call was the only one that had a context.
      expect(seen.items.length).toBe(from + 1);
    },
  );
});
