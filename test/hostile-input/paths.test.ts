/** Paths that lead nowhere, and to what every JavaScript object has: none of them is a procedure. */
import { TRPCClientError } from '@trpc/client';
import { describe, expect, test } from 'vitest';
import { targets } from '../support/broker-targets.ts';
import { useArena } from './support/use-arena.ts';

const paths = [
  'nowhere',
  'a',
  'a.nowhere',
  'a..b',
  'a.b.c',
  '.echo',
  'Echo',
  '',
  '.',
  'toString',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'a.toString',
  'a.__proto__',
  'a.constructor',
  '__proto__.toString',
  'constructor.prototype',
  'echo.toString',
  'echo._def',
  '_def',
  '_def.procedures.echo',
  'createCaller',
  'then',
  'echo\0',
];

describe.each(targets.slice(0, 1))('on $name', (target) => {
  const arena = useArena(target);

  test.each(['query', 'mutation', 'subscription'] as const)('a %s there is NOT_FOUND', async (type) => {
    for (const path of paths) {
      const error = await new Promise<unknown>((resolve) => {
        const { trpc } = arena();
        if (type !== 'subscription') trpc[type](path).then(resolve, resolve);
        else trpc.subscription(path, undefined, { onData: resolve, onError: resolve });
      });
      if (!(error instanceof TRPCClientError))
        throw new Error(`${type} ${JSON.stringify(path)} had a result`);
      expect(error.data).toMatchObject({ code: 'NOT_FOUND', path });
    }
  });

  test('a procedure called as what it is not is NOT_FOUND, as over WebSockets', async () => {
    const call = arena().trpc.mutation('echo');
    await expect(call).rejects.toMatchObject({ data: { code: 'NOT_FOUND', path: 'echo' } });
  });
});
