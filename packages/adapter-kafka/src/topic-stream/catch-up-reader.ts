/**
 * Single reads for those who are behind the tail of a topic.
 * Owns: how many run at a time, however many subscribers are behind, and that those who are at the same place share one.
 * Must not know: the tail, what is done about a failure.
 */
import type { PartitionFetch, PartitionFetcher } from '@trpc-kafka/core';
import { topicMissing } from './topic-errors.js';

/** Where to read. */
export interface CatchUpPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Reads for those who are behind. */
export interface CatchUpReader {
  /** What is there now; it may be nothing. Rejects when that cannot be told; the next read may succeed. */
  read(place: CatchUpPlace): Promise<PartitionFetch>;
  close(): void;
}

type Leaders = ReadonlyMap<number, number | undefined>;

/** What one subscriber holds at most, unless a single batch is larger. */
const maxAnswerBytes = 64 * 1024;
/** More would only wait for each other at the brokers: each serves the requests of a connection one by one. */
const maxConcurrent = 4;

/** Makes a reader on a fetcher of its own, whose fetches do not wait for records to come. */
export function createCatchUpReader(fetcher: PartitionFetcher): CatchUpReader {
  const leadersOf = new Map<string, Promise<Leaders>>();
  const underWay = new Map<string, Promise<PartitionFetch>>();
  const waiting: (() => void)[] = [];
  let running = 0;

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= maxConcurrent) await new Promise<void>((resolve) => void waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      // Whoever waits longest takes the place over.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  }

  function findLeaders(topic: string): Promise<Leaders> {
    let leaders = leadersOf.get(topic);
    if (leaders === undefined) {
      leaders = fetcher.findLeaders(topic).then((found) => {
        if (found === undefined) throw topicMissing(topic);
        return found;
      });
      leadersOf.set(topic, leaders);
    }
    return leaders;
  }

  async function readOnce({ topic, partition, offset }: CatchUpPlace): Promise<PartitionFetch> {
    try {
      const broker = (await findLeaders(topic)).get(partition);
      if (broker === undefined) throw topicMissing(`${topic}[${partition}]`);
      const positions = [{ partition, offset }];
      const [fetched] = await fetcher.fetch({ topic, broker, positions, maxBytes: maxAnswerBytes });
      if (fetched === undefined) throw new Error(`the broker's answer lacks ${topic}[${partition}]`);
      if (fetched.kind === 'failed') throw fetched.error;
      return fetched;
    } catch (error) {
      // The leader may be another by now.
      leadersOf.delete(topic);
      throw error;
    }
  }

  return {
    read(place) {
      const key = `${place.topic}/${place.partition}/${place.offset}`;
      let reading = underWay.get(key);
      if (reading === undefined) {
        reading = inTurn(() => readOnce(place)).finally(() => underWay.delete(key));
        underWay.set(key, reading);
      }
      return reading;
    },
    close: () => fetcher.close(),
  };
}
