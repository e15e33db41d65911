/**
 * Records that are almost right, or not at all, 100,000 of them in the full matrix, in every topic of a service, while calls and streams run on it:
 * none of those fails, nothing crashes, memory stays what it was. The same records again: FUZZ_SEED=<seed>; more of them: FUZZ_RECORDS.
 */
import { senderOf } from '@trpc-kafka/core/internal';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { targets } from '../support/broker-targets.ts';
import { type ForkedProcess, forkFixture } from '../support/forked-process.ts';
import { isFullMatrix } from '../support/full-matrix.ts';
import { measureMemory } from '../support/memory-report.ts';
import { between, createRandom } from '../support/random.ts';
import { tailTopic } from '../support/topic-tail.ts';
import { onePartitionService } from './support/arena.ts';
import { fuzzRecord, goldenRecords, type LivePair, liveRecord } from './support/fuzz-records.ts';
import type { BareRecord } from './support/record-mutator.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const wanted = Number(process.env['FUZZ_RECORDS'] ?? (isFullMatrix ? 100_000 : 20_000));
const batchSize = 500;
/** After these the tables that are bounded are as full as they get. */
const warmUp = 0.3;
const maxGrowthBytes = 12e6;

interface Fuzzing {
  readonly pair: LivePair;
  readonly bases: readonly BareRecord[];
}

/** What a client and a server that run write to each other, and who they are. */
async function listen(brokers: readonly string[], names: readonly string[]): Promise<Fuzzing> {
  const tails = await Promise.all(names.map((name) => tailTopic(brokers, name)));
  const [requests, replies] = tails;
  await requests!.records.until((all) => all.length >= 50, 'calls');
  await replies!.records.until((all) => all.length >= 50, 'replies');
  const client = senderOf(requests!.records.items[0]!.headers)!.replyTo!;
  const server = senderOf(replies!.records.items[0]!.headers)!.replyTo!;
  const recorded = tails.flatMap(({ records }) => records.items.slice(0, 50).map(liveRecord));
  await Promise.all(tails.map((tail) => tail.close()));
  return { pair: { client, server }, bases: [...goldenRecords({ client, server }), ...recorded] };
}

describe.each(targets)(`on $name, ${wanted} records of seed ${seed}`, ({ name, skip, open }) => {
  test.skipIf(skip || (name !== 'dev-broker' && !isFullMatrix))(
    'calls and streams go on beside records that chance has changed, and nothing is held of those',
    { timeout: 600_000 },
    async ({ annotate }) => {
      const { brokers, close } = await open();
      const service = onePartitionService();
      const { requests, replies, control, oneWay, deadLetter, outcomes } = service.topics;
      const names = [requests, replies, control, oneWay, deadLetter, outcomes].map(({ topic }) => topic);
      const producer = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).producer();
      using target = forkFixture(new URL('./fixtures/fuzz-target.ts', import.meta.url), [
        service.name,
        ...brokers,
      ]);
      await target.heard('ready');
      const { bases, pair } = await listen(brokers, names);
      await producer.connect();
      const random = createRandom(seed);

      async function write(count: number): Promise<void> {
        for (let written = 0; written < count; written += batchSize) {
          const byTopic = new Map<string, BareRecord[]>(names.map((topic) => [topic, []]));
          for (let n = 0; n < batchSize; n++) {
            byTopic.get(names[between(random, 0, names.length - 1)]!)!.push(fuzzRecord(random, bases, pair));
          }
          await producer.sendBatch({
            topicMessages: [...byTopic].map(([topic, records]) => ({
              topic,
              // Brokers take no record without a key in a topic that they compact.
              messages: records.map(({ key, value, headers }) => ({
                key: key ?? (topic === outcomes.topic ? 'some key' : null),
                value,
                headers,
                partition: 0,
              })),
            })),
          });
        }
      }

      await write(Math.ceil(wanted * warmUp));
      const first = await judged(target, 1);
      const before = await measureMemory(target);
      const startedMs = performance.now();
      await write(Math.floor(wanted * (1 - warmUp)));
      const last = await judged(target, 2);
      const perSecond = (wanted * (1 - warmUp) * 1000) / (performance.now() - startedMs);
      await target.until('succeeded');
      const after = await measureMemory(target);
      const grown = after.bytes - before.bytes;
      await annotate(`${Math.round(perSecond)} records/s; grown by ${grown} bytes; ${JSON.stringify(last)}`);
      expect(target.said('failed')).toEqual([]);
      expect(target.said('succeeded')).toEqual(['succeeded again']);
      // They went on while the records came, and what came was refused by the thousand.
      expect(last['answered']).toBeGreaterThan(first['answered']!);
      expect(last['items']).toBeGreaterThan(first['items']!);
      expect(last['refused']).toBeGreaterThan(wanted / 20);
      expect(grown).toBeLessThan(maxGrowthBytes);
      await producer.disconnect();
      await close();
    },
  );
});

/** What the target has counted when it has judged all that was written. */
async function judged(target: ForkedProcess, round: number): Promise<Record<string, number>> {
  target.process.kill('SIGUSR2');
  const lines = await target.until('judged', round);
  return JSON.parse(lines.at(-1)!.slice('judged '.length)) as Record<string, number>;
}
