import { createDevBroker } from '@trpc-kafka/dev-broker';
import { describe, expect, it } from 'vitest';
import { connectOverHttp } from '../src/connect/over-http.js';
import { connectOverKafka } from '../src/connect/over-kafka.js';
import { createFlightsContext } from '../src/flights-context.js';
import { serveOverHttp } from '../src/serve/over-http.js';
import { serveOverKafka } from '../src/serve/over-kafka.js';
import { createPaint } from '../src/terminal/paint.js';
import { createComparingStage, createFullStage } from '../src/terminal/stage.js';
import { runWalk } from '../src/walk/run-walk.js';
import { collectOutput } from './support/collected-output.js';
import { temporaryFolder } from './support/temporary-folder.js';

const paint = createPaint({ colors: false });
const day = new Date('2027-03-14T12:00:00Z');

/** Two instances over Kafka and one over HTTP that share a folder, as in the demo, but in this process. */
async function flightsCluster() {
  const broker = await createDevBroker();
  const folder = await temporaryFolder();
  const lines: string[] = [];
  const contextOf = (instance: string) =>
    createFlightsContext({
      instance,
      dataDirectory: folder.path,
      log: (line) => lines.push(`${instance}: ${line}`),
    });
  const [first, second] = [await contextOf('flights-1'), await contextOf('flights-2')];
  const servers = await Promise.all([
    serveOverKafka(first, broker.brokers),
    serveOverKafka(second, broker.brokers),
    serveOverHttp(await contextOf('http-1')),
  ]);
  return {
    brokers: broker.brokers,
    url: servers[2].url,
    lines,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(servers.map((server) => server.close()));
      await broker.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe('the walk over Kafka', () => {
  it('sees every step with both instances at work, then the same answers over HTTP', async () => {
    await using cluster = await flightsCluster();
    const output = collectOutput();
    const stage = createFullStage({ ...output, paint });
    const connection = connectOverKafka(cluster.brokers);
    await runWalk({ connection, stage, paint, day });
    await connection.close();
    expect(output.text()).toMatch(/^ +flights-1 +\d+ +━+\n +flights-2 +\d+ +━+$/m);
    expect(cluster.lines.join('\n')).toMatch(
      /flights-[12]: offers FRA to SIN: the client left after [3-6] of 7/,
    );
    expect(cluster.lines.filter((line) => line.includes(': audit: '))).toHaveLength(1);

    const comparing = createComparingStage({ ...output, paint, earlier: stage });
    await runWalk({ connection: connectOverHttp(cluster.url), stage: comparing, paint, day });
    expect(output.text().match(/same answer/g)).toHaveLength(stage.records.length);
  });
});
