/** A test of one behaviour of the adapter: a router of its own, and a stranger who writes records by hand. */
import { type Arena, type ArenaOptions, openArena } from '../../hostile-input/support/arena.ts';
import { type ContractTest, createContractTest } from './contract-test.ts';

/** Opens an arena, which is closed at the end of the test. */
type Open = (options: Omit<ArenaOptions, 'brokers'>) => Promise<Arena>;

/** Prepares the brokers of a test file. */
export function createArenaTest(): Promise<ContractTest<Open>> {
  return createContractTest(async (brokers, run) => {
    const opened: Arena[] = [];
    try {
      await run(async (options) => {
        const arena = await openArena({ ...options, brokers });
        opened.push(arena);
        return arena;
      });
    } finally {
      for (const arena of opened) await arena.close();
    }
  });
}

/** An envelope, or an array of them, as the value of one request record. */
export function writeRequest({ stranger, service }: Arena, value: unknown): Promise<number> {
  const { topic } = service.topics.requests;
  return stranger.write({
    topic,
    headers: { 'trpc-kafka': stranger.header },
    value: typeof value === 'string' ? value : JSON.stringify(value),
  });
}

/** A cancel, in the inbox of whichever server has the call. */
export function writeCancel({ stranger, service }: Arena, id: number): Promise<number> {
  return stranger.write({
    topic: service.topics.control.topic,
    headers: { 'trpc-kafka': stranger.header },
    value: JSON.stringify({ id, kafka: { kind: 'cancel' } }),
  });
}
