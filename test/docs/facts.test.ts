/** What the documents say in tables is what the code says: codes, topics, options, counters, events. */
import { defineKafkaService, isKafkaTransportError } from '@trpc-kafka/core';
import { createKafkaClient, createKafkaGatherer, type Gathering, kafkaContext } from '@trpc-kafka/link';
import { Kafka } from 'kafkajs';
import { expect, test } from 'vitest';
import { codesIn, listDocuments, readDocument, tableRows } from './documents.ts';

const source = (path: string): Promise<string> => readDocument(`packages/${path}`);
const allOf = (text: string, pattern: RegExp): string[] =>
  Array.from(text.matchAll(pattern), ([, found]) => found!);

/** The part of a source file from a declaration to the first line that begins with what ends it. */
function declaration(text: string, start: string, end: string): string {
  const from = text.indexOf(start);
  expect(from, start).toBeGreaterThanOrEqual(0);
  return text.slice(from, text.indexOf(end, from));
}

test('every error code is explained, and no other', async () => {
  const text = await source('core/src/errors/transport-error.ts');
  const codes = allOf(declaration(text, 'export type KafkaTransportErrorCode', ';\n'), /\| '([A-Z_]+)'/g);
  const explained = tableRows(await readDocument('docs/errors.md'), '| code |').flatMap(([code]) =>
    codesIn(code!),
  );
  expect(codes.length).toBeGreaterThan(10);
  expect([...explained].sort()).toEqual([...codes].sort());
});

test('the topics have the names, partitions and retention of the defaults', async () => {
  const { groupId, oneWayGroupId, topics } = defineKafkaService({ name: 'flights' });
  const dayMs = 86_400_000;
  const inWords = new Map([
    [600_000, '10 min'],
    [3_600_000, '1 h'],
    [7 * dayMs, '7 days'],
    [14 * dayMs, '14 days'],
  ]);
  const rows = tableRows(await readDocument('docs/cluster.md'), '| topic | written by |');
  const expected = Object.entries(topics).map(([role, { topic, partitions, retentionMs }]) => [
    role === 'replies' ? '`checkout.replies`' : `\`${topic}\``,
    String(partitions),
    inWords.get(retentionMs),
  ]);
  const told = rows.map(([topic, , , partitions, kept]) => [topic, partitions, kept]);
  expect(told.length).toBe(expected.length);
  expect(told).toEqual(expect.arrayContaining(expected));
  expect(rows.flatMap(([, , readBy]) => codesIn(readBy!))).toEqual([groupId, oneWayGroupId]);
});

test('the options of a call are those that kafkaContext takes', async () => {
  let message = '';
  try {
    kafkaContext({ nonsense: 1 } as never);
  } catch (error) {
    if (isKafkaTransportError(error)) message = error.message;
  }
  const options = /kafkaContext takes (.+)$/.exec(message)?.[1]?.split(', ');
  const text = await readDocument('docs/calls.md');
  expect(tableRows(text, '| option | |').flatMap(([option]) => codesIn(option!))).toEqual(options);
});

test('the options of a gather call are those that it takes', async () => {
  const kafka = new Kafka({ brokers: ['127.0.0.1:1'] });
  const kafkaClient = createKafkaClient({ kafka, service: 'none', lazy: { enabled: true } });
  type AnyGatherer = Record<string, (input: unknown, options: object) => Gathering<unknown>>;
  const gatherer = createKafkaGatherer({ clients: kafkaClient }) as AnyGatherer;
  const error: unknown = await gatherer['any']!(1, { nonsense: 1 })
    .all()
    .catch((thrown: unknown) => thrown);
  await kafkaClient.close();
  const options = /gathering; it takes (.+)$/.exec((error as Error).message)?.[1]?.split(', ');
  const text = await readDocument('docs/scatter-gather.md');
  expect(tableRows(text, '| option | |').flatMap(([option]) => codesIn(option!))).toEqual(options);
});

test.each([
  ['client', 'link-kafka/src/options.ts', 'export interface KafkaClientOptions {'],
  ['handler', 'adapter-kafka/src/options.ts', 'export interface KafkaHandlerSettings {'],
])('the options of a %s are all there, with their numbers', async (side, file, start) => {
  const options = declaration(await source(file), start, '\n}\n');
  const rows = tableRows(await readDocument('docs/client-and-handler.md'), `| ${side} option | |`);
  const ofTrpc = side === 'client' ? [] : ['router', 'createContext', 'onError', 'allowBatching'];
  const names = [...allOf(options, /^ {2}readonly (\w+)\??:/gm), ...ofTrpc];
  expect(rows.flatMap(([option]) => codesIn(option!)).sort()).toEqual(names.sort());
  const numbers = options.matchAll(/@default (\d+)(?:(?!@default)[\s\S])*?readonly (\w+)/g);
  for (const [, number, name] of numbers) {
    const [, , told = ''] = rows.find(([option]) => option === `\`${name}\``)!;
    expect([name, /^\d+/.exec(told.replace(/(\d),(?=\d)/g, '$1'))?.[0]]).toEqual([name, number]);
  }
});

test('the options of the platformatic driver are all there, with their defaults', async () => {
  const text = await source('core/src/driver/platformatic/platformatic-driver.ts');
  const options = declaration(text, 'export interface PlatformaticDriverOptions', '\n}\n');
  const passedOn = /Pick<ConnectionOptions, ([^>]+)>/.exec(options)![1]!;
  const names = [...allOf(options, /^ {2}readonly (\w+)\??:/gm), ...allOf(passedOn, /'(\w+)'/g)];
  const rows = tableRows(await readDocument('docs/drivers.md'), '| option | |');
  expect(rows.flatMap(([option]) => codesIn(option!)).sort()).toEqual([...names].sort());
  const defaults = options.matchAll(/@default '?([\w-]+)'?(?:(?!@default)[\s\S])*?readonly (\w+)/g);
  for (const [, value, name] of defaults) {
    const [, , told = ''] = rows.find(([option]) => option === `\`${name}\``)!;
    expect([name, told.replaceAll('`', '')]).toEqual([name, value]);
  }
});

test('the options of a procedure are those that applyKafkaHandler takes', async () => {
  const text = await source('adapter-kafka/src/calls/procedure-options.ts');
  const names = (start: string): string[] => allOf(declaration(text, start, '}'), /(\w+): true/g);
  const rows = tableRows(await readDocument('docs/calls.md'), '| in `meta.kafka` | |');
  expect(rows.flatMap(([option]) => codesIn(option!))).toEqual(names('const optionNames'));
  const retry = rows.find(([option]) => option === '`retry`')!;
  expect(codesIn(retry[1]!)).toEqual(names('const retryNames'));
});

test('the hooks of handler and client are all there', async () => {
  const rows = tableRows(await readDocument('docs/operations.md'), '| | handler | client |');
  const row = (start: string): readonly string[] => rows.find(([name]) => name!.startsWith(start))!;
  const files = [await source('adapter-kafka/src/options.ts'), await source('link-kafka/src/options.ts')];
  files.forEach((file, i) => {
    const counters = allOf(declaration(file, 'CounterNames = [', ']'), /'(\w+)'/g);
    expect(codesIn(row('`counters()`')[i + 1]!)).toEqual(counters);
    const events = allOf(
      file.slice(file.search(/export type Kafka\w+Event =/)),
      /readonly type: '([\w-]+)'/g,
    );
    expect(events.length).toBeGreaterThan(3);
    expect([...codesIn(row('`on(listener)`')[i + 1]!)].sort()).toEqual([...events].sort());
  });
});

test('the reasons of a health report and the options of its server are all there', async () => {
  const text = await readDocument('docs/health.md');
  const reports = await source('core/src/health/health-report.ts');
  const codes = allOf(declaration(reports, 'export type HealthReasonCode', ';\n\n'), /\| '([A-Z_]+)'/g);
  expect(codes.length).toBeGreaterThan(10);
  expect(tableRows(text, '| reason |').flatMap(([code]) => codesIn(code!))).toEqual(codes);
  const server = await source('core/src/health/health-server.ts');
  const options = [
    declaration(server, 'export interface HealthServerOptions', '\n}\n'),
    declaration(reports, 'export interface HealthOptions', '\n}\n'),
  ].flatMap((part) => [...part.matchAll(/(?:@default ([\d]+))?[^@]*?readonly (\w+)\??:/g)]);
  const rows = tableRows(text, '| health server option | |');
  expect(rows.map(([option]) => codesIn(option!)[0])).toEqual(options.map(([, , name]) => name));
  for (const [, number, name] of options) {
    if (number === undefined) continue;
    expect([name, rows.find(([option]) => option === `\`${name}\``)?.[2]?.replace(',', '')]).toEqual([
      name,
      number,
    ]);
  }
});

test('every package is in the table and has a README of its own', async () => {
  const documents = await listDocuments();
  const readme = await readDocument('README.md');
  const rows = tableRows(readme.slice(readme.indexOf('## Packages')), '| | |');
  const linked = rows.map(([name]) => /^\[`(@trpc-kafka\/[a-z-]+)`\]\((.+)\)$/.exec(name!)!.slice(1));
  const readmes = documents.filter((path) => path.startsWith('packages/')).sort();
  expect(linked.map(([, path]) => path!).sort()).toEqual(readmes);
  for (const [name, path] of linked) {
    expect(await readDocument(path!)).toMatch(new RegExp(`^# ${name}\n`));
    expect(JSON.parse(await readDocument(path!.replace('README.md', 'package.json')))).toMatchObject({
      name,
    });
  }
});
