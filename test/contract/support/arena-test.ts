/** A test of one behaviour of the adapter: a router of its own, served on the file's embedded broker, and a stranger who writes records by hand. */
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { afterAll, test } from 'vitest';
import { type Arena, type ArenaOptions, openArena } from '../../hostile-input/support/arena.ts';

type Open = (options: Omit<ArenaOptions, 'brokers'>) => Promise<Arena>;

type ArenaTest = (name: string, run: (open: Open) => Promise<void>) => void;

/** Starts the broker of a test file. What a test opens is closed at its end. */
export async function createArenaTest(): Promise<ArenaTest> {
  const broker = await createDevBroker();
  afterAll(() => broker.close());
  return (name, run) =>
    test(name, async () => {
      const opened: Arena[] = [];
      try {
        await run(async (options) => {
          const arena = await openArena({ ...options, brokers: broker.brokers });
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
