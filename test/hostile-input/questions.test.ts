/** Questions to every instance, as strangers ask them: malformed, again, without end. They are refused or bounded, and the control topic goes on being read. */
import { initTRPC } from '@trpc/server';
import type { KafkaMeta } from '@trpc-kafka/core';
import { lastHeader, type Message, parseRecordFacts } from '@trpc-kafka/core/internal';
import { createKafkaGatherer } from '@trpc-kafka/link';
import { describe, expect, test } from 'vitest';
import { targets } from '../support/broker-targets.ts';
import { createCollector } from '../support/collector.ts';
import { tailTopic } from '../support/topic-tail.ts';
import { useArena } from './support/use-arena.ts';

/** Queries that wait until they are let go, for every instance and for one. */
function createOpenRouter() {
  const t = initTRPC.meta<KafkaMeta>().create();
  const begun = createCollector<string>();
  const ends = new Map<string, () => void>();
  const router = t.router({
    echo: t.procedure.input((input) => input).query(({ input }) => input),
    wait: t.procedure
      .meta({ kafka: { gather: true } })
      .input(String)
      .query(async ({ input, signal }) => {
        await new Promise<void>((resolve) => {
          ends.set(input, resolve);
          signal!.addEventListener('abort', () => resolve());
          begun.add(input);
        });
        return signal!.aborted ? 'aborted' : `${input} done`;
      }),
  });
  return { router, begun, release: (name: string) => ends.get(name)?.() };
}

const gather = (id: number | string, input: string, kafka: object = {}): object => ({
  id,
  method: 'query',
  params: { path: 'wait', input },
  kafka: { kind: 'gather', timeoutMs: 600_000, ...kafka },
});
const hello = (id: number | string): object => ({ id, kafka: { kind: 'hello', timeoutMs: 600_000 } });

describe.each(targets)('questions on $name', (target) => {
  const { router, begun, release } = createOpenRouter();
  const arena = useArena(target, { router, handler: { gather: { maxConcurrentCalls: 5 } } });

  /** Writes to the control topic; resolves when the handler has judged it. */
  async function write(value: object, header?: string): Promise<void> {
    const { stranger, service, events } = arena();
    const { topic } = service.topics.control;
    const headers = { 'trpc-kafka': header ?? stranger.header };
    await stranger.write({ topic, value: JSON.stringify(value), headers });
    const fence = await stranger.write({ topic, value: 'fence' });
    await events.until(
      (all) => all.some((event) => event.type === 'refused' && event.position.offset === fence),
      'the fence to be refused',
    );
  }

  const answersTo = (id: number | string): readonly Message[] =>
    arena().stranger.replies.items.filter((message) => message.id === id);

  async function answerTo(id: number | string): Promise<Message> {
    await arena().stranger.replies.until(() => answersTo(id).length > 0, `an answer to ${id}`);
    return answersTo(id)[0]!;
  }

  const failedWith = (code: string, says: RegExp) =>
    expect.objectContaining({
      kind: 'error',
      error: expect.objectContaining({
        message: expect.stringMatching(says),
        data: expect.objectContaining({ code }),
      }),
    });

  test.skipIf(target.skip)('what is wrong with a gather call its caller is told', async () => {
    const { stranger, service, trpc } = arena();
    await write(gather('endless', 'x', { timeoutMs: undefined }));
    expect(await answerTo('endless')).toEqual(failedWith('PARSE_ERROR', /no `kafka.timeoutMs`/));
    await write({ ...gather('change', 'x'), method: 'mutation' });
    expect(await answerTo('change')).toEqual(failedWith('METHOD_NOT_SUPPORTED', /only queries/));
    await write({ ...gather('closed', 'x'), params: { path: 'echo', input: 'x' } });
    expect(await answerTo('closed')).toEqual(failedWith('METHOD_NOT_SUPPORTED', /meta.kafka.gather/));
    await write(gather('avro', 'x'), `${stranger.header.replace('json', 'avro')};id=avro`);
    expect(await answerTo('avro')).toEqual(failedWith('UNSUPPORTED_MEDIA_TYPE', /encoded as "avro"/));
    const { topic } = service.topics.requests;
    const headers = { 'trpc-kafka': stranger.header };
    await stranger.write({ topic, headers, value: JSON.stringify(gather('elsewhere', 'x')) });
    expect(await answerTo('elsewhere')).toEqual(failedWith('PARSE_ERROR', /belong in the control topic/));
    expect(begun.items).toEqual([]);
    expect(await trpc.query('echo', 1)).toBe(1);
  });

  test.skipIf(target.skip)('a question goes nowhere but to a place for replies', async () => {
    const { stranger, handler, service } = arena();
    const refused = handler.counters().repliesRefused;
    const at = (topic: string): string => stranger.header.replace(/at=.*$/, `at=${topic}/0`);
    await write(hello('to requests'), at(service.topics.requests.topic));
    await write(hello('to nowhere'), stranger.header.replace(/;at=.*$/, ''));
    await write(gather('nowhere', 'x'), stranger.header.replace(/;at=.*$/, ''));
    await write(hello('here'));
    expect(await answerTo('here')).toMatchObject({
      kind: 'hello-reply',
      service: service.name,
      state: 'ready',
    });
    expect(handler.counters().repliesRefused - refused).toBe(1);
    expect(begun.items).toEqual([]);
  });

  test.skipIf(target.skip)('a question that comes again is the same question', async () => {
    for (let n = 0; n < 3; n++) await write(gather('again', 'again'));
    await begun.until((all) => all.includes('again'), 'the call to begin');
    release('again');
    expect(await answerTo('again')).toMatchObject({ kind: 'data', data: 'again done' });
    await write(gather('again', 'again'));
    await write(hello('behind'));
    await answerTo('behind');
    expect(answersTo('again')).toHaveLength(1);
    expect(begun.items.filter((name) => name === 'again')).toHaveLength(1);
  });

  test.skipIf(target.skip)('a flood of hellos is answered in part, and counted', async () => {
    const { handler, trpc } = arena();
    const before = handler.counters();
    const records = 20;
    for (let n = 0; n < records; n++) await write(Array.from({ length: 1000 }, (_, i) => hello(`${n}-${i}`)));
    const { hellos, questionsDropped } = handler.counters();
    expect(hellos - before.hellos + questionsDropped - before.questionsDropped).toBe(records * 1000);
    expect(questionsDropped - before.questionsDropped).toBeGreaterThan(0);
    expect(await trpc.query('echo', 1)).toBe(1);
  });

  test.skipIf(target.skip)('a flood of gather calls holds up neither other calls nor cancels', async () => {
    const { handler, trpc, client } = arena();
    const before = handler.counters();
    for (let n = 0; n < 5; n++) {
      await write(Array.from({ length: 1000 }, (_, i) => gather(`f${n}-${i}`, `flood ${n}-${i}`)));
    }
    const flooding = (all: readonly string[]): number =>
      all.filter((name) => name.startsWith('flood')).length;
    await begun.until((all) => flooding(all) === 5, 'five calls to run');
    const { gatherCalls, questionsDropped } = handler.counters();
    // Five run, fifty wait.
    expect(gatherCalls - before.gatherCalls).toBe(55);
    expect(questionsDropped).toBeGreaterThan(before.questionsDropped);
    expect(await trpc.query('echo', 1)).toBe(1);
    const gatherer = createKafkaGatherer<typeof router>({ clients: client });
    // What refusals may cost may be used up for the moment.
    let refused = await gatherer.wait('me', { maxAnswers: 1, timeoutMs: 500 }).all();
    while (refused.length === 0) refused = await gatherer.wait('me', { maxAnswers: 1, timeoutMs: 500 }).all();
    expect(refused).toMatchObject([{ ok: false, error: { data: { code: 'TOO_MANY_REQUESTS' } } }]);
    // Cancels overtake them all.
    const cancels = Array.from({ length: 1000 }, (_, i) => ({ id: `f0-${i}`, kafka: { kind: 'cancel' } }));
    await write(cancels);
    const mine = gatherer.wait('mine', { maxAnswers: 1, timeoutMs: 60_000 });
    await begun.until((all) => all.includes('mine'), 'a call to find a place');
    // A stranger's cancel is for a stranger's call.
    await write(Array.from({ length: 1000 }, (_, id) => ({ id, kafka: { kind: 'cancel' } })));
    release('mine');
    expect(await mine.all()).toMatchObject([{ ok: true, data: 'mine done' }]);
  });

  test.skipIf(target.skip)('answers from nowhere are no answers', async () => {
    const { client, stranger, service, brokers } = arena();
    const { topic } = service.topics.control;
    const control = await tailTopic(brokers, topic);
    const strays = createCollector<string>();
    const remove = client.on((event) => event.type === 'stray-reply' && strays.add(event.reason));
    const gatherer = createKafkaGatherer<typeof router>({ clients: client });
    const gathering = gatherer.wait('honest', { maxAnswers: 1, timeoutMs: 60_000 });
    await begun.until((all) => all.includes('honest'), 'the call to begin');
    const [question] = await control.records.count(1);
    await control.close();
    const { from: inboxId, id } = parseRecordFacts(String(lastHeader(question!.headers, 'trpc-kafka')));
    const forge = async (header: string, value: object): Promise<void> => {
      const headers = { 'trpc-kafka': header, 'trpc-kafka-to': inboxId };
      await stranger.write({ topic: service.topics.replies.topic, value: JSON.stringify(value), headers });
    };
    const data = { id, result: { type: 'data', data: 'forged' } };
    // From a reply topic, from no place, to no call, and of a kind that is no answer.
    await forge(stranger.header, data);
    await forge(stranger.header.replace(/;at=.*$/, ''), data);
    await forge(stranger.header.replace(/at=.*$/, `at=${topic}/0`), { ...data, id: 'nobody' });
    await forge(stranger.header.replace(/at=.*$/, `at=${topic}/0`), { id, result: { type: 'started' } });
    await strays.count(4);
    expect(strays.items).toEqual(Array(4).fill('late'));
    remove();
    release('honest');
    expect(await gathering.all()).toMatchObject([{ ok: true, data: 'honest done' }]);
  });
});
