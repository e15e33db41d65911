/** The part of a stream's memory that no transport can save: the resolver's generator, tRPC's call of it, its signal. */
import { startChild } from '../child/controlled-child.ts';
import type { BareFeedsCommands } from '../processes/bare-feeds.ts';

/** Bytes of one stream. */
export interface BareFeedBytes {
  /** The generator of a resolver, called by hand. */
  readonly generator: number;
  /** The same through `callTRPCProcedure`, with the signal. */
  readonly procedure: number;
}

/** Measures so many of them. */
export async function measureBareFeeds(streams: number): Promise<BareFeedBytes> {
  await using child = startChild<BareFeedsCommands>('bare-feeds');
  const measure = async (kind: 'generators' | 'procedures'): Promise<number> => {
    await child.ask(kind, 1000);
    await child.ask('drop');
    const before = await child.ask('memoryBytes');
    await child.ask(kind, streams);
    const after = await child.ask('memoryBytes');
    await child.ask('drop');
    return (after - before) / streams;
  };
  return { generator: await measure('generators'), procedure: await measure('procedures') };
}
