/**
 * Services are not upgraded all at once: packages of the previous version and today's, each installed from its tarballs,
 * talk to each other, over the embedded broker and real Kafka.
 */
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSkewCases } from '../packages/app/versions/skew-cases.js';
import { readReports } from '../packages/packed-app.js';
import { realKafka } from '../support/real-kafka/real-kafka.ts';
import { uniqueName } from '../support/unique-name.ts';
import { installSides, type Part, type Side, type Sides } from './sides.js';

const installTimeoutMs = 600_000;
const caseTimeoutMs = 180_000;
const pairs: readonly { readonly client: Side; readonly server: Side }[] = [
  { client: 'previous', server: 'present' },
  { client: 'present', server: 'previous' },
];
const changes: readonly { readonly from: Side; readonly to: Side }[] = [
  { from: 'previous', to: 'present' },
  { from: 'present', to: 'previous' },
];
const names = createSkewCases({} as never).map(({ name }) => name);
const kafka = await realKafka();
const brokers = [
  { name: 'the embedded broker', unavailable: undefined, start: createDevBroker },
  {
    name: 'Apache Kafka',
    unavailable: kafka.unavailable,
    start: async () => ({ brokers: kafka.brokers!, close: async () => {} }),
  },
];

let sides: Sides;
beforeAll(async () => {
  sides = await installSides();
}, installTimeoutMs);
afterAll(() => sides[Symbol.asyncDispose]());

for (const { name, unavailable, start } of brokers) {
  describe.skipIf(unavailable)(`over ${name}`, () => {
    let broker: Awaited<ReturnType<typeof start>>;
    beforeAll(async () => {
      broker = await start();
    });
    afterAll(() => broker.close());

    const run = (side: Side, part: Part, service: string) =>
      sides.run(side, [part, service, ...broker.brokers]);

    /** All that a client of one version prints of a server of another. */
    async function talk({ client, server }: (typeof pairs)[number]): Promise<string> {
      const service = uniqueName('skew');
      await using serving = run(server, 'server', service);
      await serving.heard((line) => line === 'ready');
      await using calling = run(client, 'client', service);
      await calling.ended;
      await serving.end();
      return calling.lines.join('\n');
    }

    describe('cases', () => {
      const said = new Map<(typeof pairs)[number], string>();
      beforeAll(async () => {
        await Promise.all(pairs.map(async (pair) => said.set(pair, await talk(pair))));
      }, caseTimeoutMs);

      for (const pair of pairs) {
        test.each(names)(`a ${pair.client} client and a ${pair.server} server: %s`, (caseName) => {
          const reports = readReports(said.get(pair)!);
          expect(reports.find((report) => report.name === caseName)).toEqual({ name: caseName });
        });
      }
    });

    test.each(changes)(
      'servers change from $from to $to: every call is answered, and no event is missing or comes twice',
      async ({ from, to }) => {
        const service = uniqueName('change');
        await using leaving = run(from, 'server', service);
        await leaving.heard((line) => line === 'ready');
        await using caller = run(from, 'caller', service);
        const hears = (line: object) => caller.heard((said) => said === JSON.stringify(line));
        await Promise.all([hears({ answeredBy: from }), hears({ streamedBy: from })]);
        // Both are in one group for a while, as in a rolling deploy.
        await using staying = run(to, 'server', service);
        await hears({ answeredBy: to });
        await leaving.end();
        await hears({ streamedBy: to });
        const before = caller.lines.length;
        await caller.heard((line) => line.includes('calls'), before + 1);
        await caller.end();
        await staying.end();
        expect(caller.lines.filter((line) => line.includes('failure'))).toEqual([]);
      },
      caseTimeoutMs,
    );
  });
}
