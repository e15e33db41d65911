/** The same generators without a transport, as a process of its own. */
import { callTRPCProcedure } from '@trpc/server';
import { serveCommands } from '../child/served-commands.ts';
import { settledMemoryBytes } from '../measure/settled-memory.ts';
import { createFeeds } from '../streams/feed-router.ts';

/** A generator, and what aborts it where there is something. */
interface BareFeed {
  readonly items: AsyncGenerator<number>;
  readonly controller: AbortController | undefined;
}

const feeds = createFeeds();
let held: BareFeed[] = [];

async function callProcedure(): Promise<BareFeed> {
  const controller = new AbortController();
  const input = { from: 'FRA', to: 'JFK' };
  const items = (await callTRPCProcedure({
    router: feeds.router,
    path: 'feed',
    getRawInput: async () => input,
    ctx: {},
    type: 'subscription',
    signal: controller.signal,
    batchIndex: 0,
  })) as AsyncGenerator<number>;
  return { items, controller };
}

/** Each waits for its first item. */
function hold(bare: readonly BareFeed[]): void {
  held = [...bare];
  for (const { items } of held) void items.next();
}

const commands = {
  generators: (count: number): void =>
    hold(Array.from({ length: count }, () => ({ items: feeds.items(), controller: undefined }))),
  procedures: async (count: number): Promise<void> =>
    hold(await Promise.all(Array.from({ length: count }, callProcedure))),
  async drop(): Promise<void> {
    const ended = held.map(({ items }) => items.return(undefined));
    held = [];
    // They end where they are: at the next beat.
    feeds.beatAll();
    await Promise.all(ended);
  },
  memoryBytes: settledMemoryBytes,
};

/** What this process can be asked. */
export type BareFeedsCommands = typeof commands;

serveCommands(commands);
