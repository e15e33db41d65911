/** The lines of the ping-pongs understand each other: each reads what any of them wrote, and all of it. */
import { expect, test } from 'vitest';
import { createCollector } from '../../test/support/collector.ts';
import { sharedBrokers } from '../../test/support/shared-brokers.ts';
import { uniqueName } from '../../test/support/unique-name.ts';
import { createTopics } from '../src/broker/create-topics.ts';
import { openKafkajsLine } from '../src/contestants/raw-kafkajs-line.ts';
import type { OpenRawLine } from '../src/contestants/raw-line.ts';
import { openPlatformaticLine } from '../src/contestants/raw-platformatic-line.ts';
import { openFloorLine } from '../src/floor/floor-line.ts';

const kinds: Readonly<Record<string, OpenRawLine>> = {
  floor: openFloorLine,
  kafkajs: openKafkajsLine,
  platformatic: openPlatformaticLine,
};
/** Of each line: more than any of them writes at once. */
const valueCount = 1500;

for (const { name, skip, brokers } of await sharedBrokers()) {
  test.skipIf(skip)(`lines read each other's values on ${name}`, async () => {
    const topic = uniqueName('bench');
    await createTopics(brokers, { [topic]: 1 });
    const lines = Object.entries(kinds).map(([kind, open]) => ({
      kind,
      line: open({ brokers, name: topic, partitions: 1 }, { readTopic: topic, writeTopic: topic }),
      received: createCollector<string>(),
    }));
    const sent = lines.map(({ kind }) => Array.from({ length: valueCount }, (_, n) => `${kind} ${n}`));

    await Promise.all(
      lines.map(({ line, received }) => line.start((value) => received.add(value.toString()))),
    );
    for (const [i, values] of sent.entries()) {
      for (const value of values) lines[i]!.line.write(Buffer.from(value));
    }
    const all = await Promise.all(lines.map(({ received }) => received.count(sent.flat().length)));
    await Promise.all(lines.map(({ line }) => line.close()));

    // In no order: of two batches that are under way the second may come first.
    for (const received of all) expect([...received].sort()).toEqual(sent.flat().sort());
  });
}
