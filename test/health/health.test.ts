/** What probes are answered while a handler and a client live: start, brokers lost and back, rebalance, drain. */
import { connect } from 'node:net';
import { applyKafkaHandler } from '@trpc-kafka/adapter';
import { createDevBroker, type DevBroker } from '@trpc-kafka/dev-broker';
import { createKafkaClient } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { type CaseContext, createCaseContext } from '../conformance/case-context.ts';
import { testRouter } from '../conformance/test-router.ts';
import { openLine } from '../support/cuttable-line.ts';
import { sharedBrokers } from '../support/shared-brokers.ts';
import { openProbes, type ProbeAnswer, type Probes } from './probes.ts';

const allWell = { '/livez': 200, '/readyz': 200, '/startupz': 200 };
const notReady = { '/livez': 200, '/readyz': 503, '/startupz': 200 };

const codesOf = ({ body }: ProbeAnswer, check: string): readonly string[] =>
  body.checks[check]!.reasons.map(({ code }) => code);

/** A handler that nobody has waited for. */
function startHandler({ createKafka, service, log, defer }: CaseContext) {
  const handler = applyKafkaHandler({
    kafka: createKafka(),
    service,
    router: testRouter,
    createContext: (given) => ({ ...given, log }),
  });
  defer(() => handler.close({ graceMs: 0 }));
  return handler;
}

describe.each(await sharedBrokers())('on $name', ({ skip, brokers }) => {
  test.skipIf(skip)('start, a rebalance, an instance too many, drain', async () => {
    await using context = createCaseContext(brokers);
    const first = startHandler(context);
    const { client, kafkaClient } = context.connect();
    for (const report of [first.health(), kafkaClient.health()]) {
      expect(report).toMatchObject({ state: 'starting', alive: true, ready: false, started: false });
    }
    // A machine that does ten other things takes its time; what grace does is tested with a clock of its own.
    const settings = { rebalanceGraceMs: 60_000 };
    await using probes = await openProbes({ first, client: kafkaClient }, settings);
    await Promise.all([first.ready(), kafkaClient.ready()]);
    expect(await probes.statuses()).toEqual(allWell);
    expect(first.health()).toMatchObject({
      state: 'ready',
      reasons: [],
      details: {
        service: context.service.name,
        producer: 'connected',
        groups: [
          { groupId: context.service.groupId, state: 'positioned', partitions: 3 },
          { groupId: context.service.oneWayGroupId, state: 'positioned', partitions: 2 },
        ],
        inboxes: [{ topic: context.service.topics.control.topic, state: 'open' }],
      },
    });
    expect(kafkaClient.health()).toMatchObject({
      state: 'ready',
      reasons: [],
      details: {
        producer: 'connected',
        inboxes: [{ topic: context.service.topics.replies.topic, state: 'open' }],
      },
    });

    // Three partitions for four instances; those that were there are ready throughout.
    const endWatch = probes.watch('/readyz');
    const others = [startHandler(context), startHandler(context), startHandler(context)];
    await Promise.all(others.map((one) => one.ready()));
    expect(await endWatch()).toEqual([]);
    const reports = [first, ...others].map((one) => one.health(settings));
    expect(reports.map(({ ready }) => ready)).toEqual([true, true, true, true]);
    const spare = reports.filter(({ details }) => details.groups[0]!.partitions === 0);
    expect(spare).toHaveLength(1);
    expect(spare[0]).toMatchObject({ state: 'idle', alive: true });
    expect(spare[0]!.reasons.map(({ code, affects }) => `${code} ${affects}`)).toContain('IDLE nothing');
    await Promise.all(others.map((one) => one.close({ graceMs: 0 })));

    const call = client.calls.waitFor.query('go on');
    await context.log.until('begun go on');
    const closing = first.close({ graceMs: 60_000 });
    expect(await probes.statuses()).toEqual(notReady);
    expect(codesOf(await probes.ask('/readyz'), 'first')).toEqual(['DRAINING']);
    context.log.note('go on');
    expect(await call).toBe('go on');
    await closing;
    expect(first.health()).toMatchObject({ state: 'closed', alive: true, ready: false });
    await kafkaClient.close();
    expect(kafkaClient.health()).toMatchObject({ state: 'closed', alive: true, ready: false });
    expect((await probes.ask('/livez')).status).toBe(200);
  });
});

describe.each(await sharedBrokers())('over a line to $name', ({ skip, brokers }) => {
  test.skipIf(skip)('silence unsets readiness and nothing else; it comes back with the brokers', async () => {
    await using line = await openLine();
    await using context = createCaseContext(brokers, {
      kafkaConfig: {
        socketFactory: ({ host, port, onConnect }) => {
          const socket = connect(line.port, '127.0.0.1', onConnect);
          socket.write(`${host}:${port}\n`);
          return socket;
        },
      },
    });
    const { handler, client, kafkaClient } = await context.start();
    await using probes = await openProbes({ handler, kafkaClient });
    expect(await probes.statuses()).toEqual(allWell);
    line.cut();
    const lost = await untilNone(probes);
    for (const { reasons } of Object.values(lost.body.checks)) {
      expect(reasons.map(({ affects }) => affects)).toContain('readiness');
    }
    expect(await probes.statuses()).toEqual(notReady);
    line.mend();
    await probes.until('/readyz', 200);
    expect(await client.calls.echo.query('after')).toBe('after');
    expect(await probes.statuses()).toEqual(allWell);
  });
});

/** Asks until no check is ready. */
async function untilNone(probes: Probes): Promise<ProbeAnswer> {
  for (;;) {
    const answer = await probes.until('/readyz', 503);
    if (Object.values(answer.body.checks).every(({ ok }) => !ok)) return answer;
  }
}

describe('on brokers that go away', () => {
  const nowhere = async (): Promise<{ broker: DevBroker; nodeId: number }> => {
    const broker = await createDevBroker();
    const nodeId = broker.nodeIds[0]!;
    await broker.cluster.stopNode(nodeId);
    return { broker, nodeId };
  };

  test('a process that starts without them is alive and says what it waits for; it is ready when they are there', async () => {
    const { broker, nodeId } = await nowhere();
    await using _ = broker;
    await using context = createCaseContext(broker.brokers);
    const handler = startHandler(context);
    const { kafkaClient } = context.connect();
    await using probes = await openProbes({ handler, kafkaClient });
    expect(await probes.statuses()).toEqual({ '/livez': 200, '/readyz': 503, '/startupz': 503 });
    expect(codesOf(await probes.ask('/readyz'), 'kafkaClient')).toEqual(['NOT_CONNECTED']);
    await broker.cluster.startNode(nodeId);
    await probes.until('/readyz', 200);
    expect(await probes.statuses()).toEqual(allWell);
  });

  test('losing them unsets readiness and nothing else, and names the brokers; it comes back with them', async () => {
    await using broker = await createDevBroker();
    const [nodeId] = broker.nodeIds;
    await using context = createCaseContext(broker.brokers);
    const { handler, client, kafkaClient } = await context.start();
    await using probes = await openProbes({ handler, kafkaClient });
    expect(await probes.statuses()).toEqual(allWell);
    await broker.cluster.stopNode(nodeId!);
    const lost = await probes.until('/readyz', 503);
    expect(JSON.stringify(lost.body)).toContain(broker.brokers[0]);
    const answer = await untilNone(probes);
    expect(answer.body.checks['handler']!.state).toBe('unready');
    expect(codesOf(answer, 'kafkaClient')).toEqual(['NOT_CONNECTED']);
    for (const { cure } of Object.values(answer.body.checks).flatMap(({ reasons }) => reasons)) {
      expect(cure).toMatch(/brokers/);
    }
    expect(await probes.statuses()).toEqual(notReady);
    await broker.cluster.startNode(nodeId!);
    await probes.until('/readyz', 200);
    expect(await client.calls.echo.query('after')).toBe('after');
    expect(await probes.statuses()).toEqual(allWell);
  });
});

test('a handler that cannot ever start is not alive; a lazy client that nobody uses is ready', async () => {
  await using broker = await createDevBroker();
  const kafka = new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING });
  const handler = applyKafkaHandler({
    kafka,
    service: 'missing',
    router: testRouter,
    topics: 'require',
    createContext: (given) => ({
      ...given,
      log: { note() {}, count: () => 0, until: async () => {}, all: () => [] },
    }),
  });
  const lazy = createKafkaClient({ kafka, service: 'missing', lazy: { enabled: true } });
  await using probes = await openProbes({ handler, lazy });
  await expect(handler.ready()).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
  expect(await probes.statuses()).toEqual({ '/livez': 503, '/readyz': 503, '/startupz': 503 });
  const { body } = await probes.ask('/livez');
  expect(body.checks['handler']).toMatchObject({ ok: false, state: 'failed' });
  expect(body.checks['handler']!.reasons).toMatchObject([
    { code: 'START_GIVEN_UP', message: expect.stringContaining('missing.requests') },
  ]);
  expect(body.checks['lazy']).toMatchObject({ ok: true, state: 'idle', ready: true, started: true });
  await Promise.all([handler.close(), lazy.close()]);
});
