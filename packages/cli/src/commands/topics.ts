/** `trpc-kafka topics`: the topics of a service as they are, and as it wants them. */
import type { KafkaDriver, KafkaService, TopicDescription } from '@trpc-kafka/core';
import {
  ensureTopics,
  replyTopicOf,
  type ServiceTopicRole,
  type TopicSettings,
  toTopicSpec,
} from '@trpc-kafka/core/internal';
import type { Command } from 'commander';
import { addConnectionOptions } from '../connection/connection-options.js';
import type { CommandOutput } from '../output/command-output.js';
import { exitWith } from '../output/exit-codes.js';
import { cell, drawTable } from '../output/table.js';
import { withBrokers } from '../service/service-target.js';
import { findingsOf, type TopicFinding } from '../topics/topic-findings.js';
import { formatDuration } from '../values/parse-duration.js';
import { addText } from '../values/parse-values.js';

interface Flags {
  readonly app: readonly string[];
  readonly outcomes?: true;
  readonly json?: true;
}

const examples = `
Examples:
  $ trpc-kafka topics show flights --brokers localhost:9092
  $ trpc-kafka topics check flights --app checkout || echo "look at it"
  $ trpc-kafka topics create flights --app checkout --config production.json

What a service wants is what its definition says: partitions and settings other than the defaults are described in the
file of --config, as {"services": {"flights": {"topics": {"requests": {"partitions": 48}}}}}.
check ends with 1 when there is a problem, with 3 when something differs, else with 0.`;

/** One topic that is looked at. */
interface Wanted {
  readonly role: ServiceTopicRole;
  readonly settings: TopicSettings;
}

/** A command at work. */
interface Work {
  readonly driver: KafkaDriver;
  readonly output: CommandOutput;
  readonly flags: Flags;
  readonly wanted: readonly Wanted[];
}

/** Adds the commands. */
export function addTopicCommands(program: Command, output: CommandOutput): void {
  const topics = program
    .command('topics')
    .description("a service's topics: show, check, create")
    .addHelpText('after', examples);
  const add = (name: string, description: string, run: (work: Work) => Promise<void>): void => {
    const command = topics
      .command(name)
      .description(description)
      .argument('<service>', "the service's name")
      .option('--app <name>', 'also the reply topic of this client; may be repeated', addText, [])
      .option('--outcomes', "also the topic of outcomes, for duplicates: { store: 'topic' }")
      .option('--json', 'one JSON object a line')
      .addHelpText('after', examples);
    addConnectionOptions(command).action((service: string, flags: Flags, self: Command) =>
      withBrokers({ command: self, output }, ({ driver, define }) =>
        run({ driver, output, flags, wanted: wantedOf(define(service), flags) }),
      ),
    );
  };
  add('show', 'shows the topics as they are', show);
  add('check', 'compares them with what the service wants, and says what to do', check);
  add('create', 'creates those that are missing; the others are left as they are', create);
}

function wantedOf(service: KafkaService, { app, outcomes }: Flags): readonly Wanted[] {
  const roles: ServiceTopicRole[] = ['requests', 'oneWay', 'control', 'deadLetter'];
  if (outcomes === true) roles.push('outcomes');
  const own = roles.map((role): Wanted => ({ role, settings: service.topics[role] }));
  return [...own, ...app.map((name): Wanted => ({ role: 'replies', settings: replyTopicOf(service, name) }))];
}

function describe({ driver, wanted }: Work): Promise<ReadonlyMap<string, TopicDescription>> {
  return driver.describeTopics(wanted.map(({ settings }) => settings.topic));
}

async function show(work: Work): Promise<void> {
  const { output, flags, wanted } = work;
  const found = await describe(work);
  if (flags.json === true) {
    for (const { role, settings } of wanted) {
      const { configError: _error, ...facts } = found.get(settings.topic) ?? {};
      const exists = found.has(settings.topic);
      output.write(`${JSON.stringify({ topic: settings.topic, role, exists, ...facts })}\n`);
    }
    return;
  }
  const rows = wanted.map(({ settings }) => rowOf(settings.topic, found.get(settings.topic)));
  output.write(drawTable(['TOPIC', 'PARTITIONS', 'REPLICAS', 'KEPT', 'CLEANUP', 'TIMES', 'MAX BYTES'], rows));
}

function rowOf(topic: string, found: TopicDescription | undefined): string[] {
  if (found === undefined) return [topic, '(missing)', '', '', '', '', ''];
  const { partitions, replicationFactor, config } = found;
  const kept = Number(config['retention.ms'] ?? Number.NaN);
  return [
    topic,
    String(partitions),
    String(replicationFactor),
    Number.isNaN(kept) ? '?' : kept < 0 ? 'for ever' : formatDuration(kept),
    ...['cleanup.policy', 'message.timestamp.type', 'max.message.bytes'].map((name) =>
      cell(config[name] ?? '?', 30),
    ),
  ];
}

async function check(work: Work): Promise<void> {
  const { output, flags, wanted } = work;
  const found = await describe(work);
  const findings = wanted.flatMap(({ settings }) =>
    findingsOf(toTopicSpec(settings), found.get(settings.topic)),
  );
  for (const finding of findings) {
    output.write(flags.json === true ? `${JSON.stringify(finding)}\n` : inWords(finding));
  }
  const has = (level: TopicFinding['level']): boolean => findings.some((each) => each.level === level);
  if (has('problem')) throw exitWith('failed');
  if (has('difference')) throw exitWith('incomplete');
  output.note(`${wanted.length} topics are as the service wants them\n`);
}

function inWords({ level, topic, what, cure }: TopicFinding): string {
  return `${level}: ${topic} ${what}\n  ${cure}\n`;
}

async function create(work: Work): Promise<void> {
  const { driver, output, flags, wanted } = work;
  const before = await describe(work);
  output.progress('creating topics');
  await ensureTopics(
    driver,
    wanted.map(({ settings }) => settings),
    'create',
  );
  for (const { role, settings } of wanted) {
    const { topic } = settings;
    const created = !before.has(topic);
    const text = `${topic} ${created ? 'created' : 'was there'}`;
    output.write(flags.json === true ? `${JSON.stringify({ topic, role, created })}\n` : `${text}\n`);
  }
}
