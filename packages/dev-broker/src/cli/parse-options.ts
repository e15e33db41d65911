/**
 * The command line of the dev broker, as options of createDevBroker.
 *
 * Owns: flags and their spelling. Must not know: processes, signals. Kafka's settings are given with
 * `--set`, under their own names, so that there is no second spelling to learn.
 */
import { Command, InvalidArgumentError } from 'commander';
import { type DevBrokerOptions, type DevTopic, defaultSettings, isSettingName } from '../options.js';

/** Where Kafka listens if nobody says otherwise. */
const KAFKA_PORT = 9092;

interface Flags {
  readonly nodes: number;
  readonly port: number;
  readonly host: string;
  readonly firstNodeId: number;
  readonly topic: readonly DevTopic[];
  readonly set: Readonly<Partial<DevBrokerOptions>>;
  readonly autoCreate?: true;
}

function whole(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function atLeastOne(text: string): number {
  const value = whole(text);
  if (value < 1) throw new InvalidArgumentError('It must be 1 or more.');
  return value;
}

/** `orders`, `orders:3` (partitions) or `orders:3:2` (and replicas). */
function topic(text: string, before: readonly DevTopic[]): readonly DevTopic[] {
  const [name = '', partitions, replicationFactor, ...rest] = text.split(':');
  if (name === '' || rest.length > 0)
    throw new InvalidArgumentError('It must be name[:partitions[:replicas]].');
  const numbers = {
    ...(partitions === undefined ? {} : { partitions: atLeastOne(partitions) }),
    ...(replicationFactor === undefined ? {} : { replicationFactor: atLeastOne(replicationFactor) }),
  };
  return [...before, { name, ...numbers }];
}

function setting(text: string, before: Flags['set']): Flags['set'] {
  const at = text.indexOf('=');
  const name = text.slice(0, at);
  if (at < 0 || !isSettingName(name)) {
    throw new InvalidArgumentError(
      `It must be key=value with one of ${Object.keys(defaultSettings).join(', ')}.`,
    );
  }
  return { ...before, [name]: parseValue(text.slice(at + 1), typeof defaultSettings[name]) };
}

function parseValue(text: string, type: string): string | number | boolean {
  if (type === 'string') return text;
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if (type === 'number' && /^-?\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`Its value must be a ${type}.`);
}

/** The command with its flags; parsing prints help and errors and ends the process, as commands do. */
export function createCommand(): Command {
  return new Command('dev-broker')
    .description(
      'An in-memory Kafka cluster for demos and tests. Nothing is kept on disk; not for production.',
    )
    .option('-n, --nodes <count>', 'number of brokers', atLeastOne, 1)
    .option(
      '-p, --port <port>',
      'port of the first broker, the next ones follow; 0 takes free ones',
      whole,
      KAFKA_PORT,
    )
    .option('--host <address>', 'address to listen on and to advertise', '127.0.0.1')
    .option('--first-node-id <id>', 'id of the first broker', whole, 1)
    .option('-t, --topic <name[:partitions[:replicas]]>', 'make a topic; may be repeated', topic, [])
    .option('-s, --set <key=value>', 'a broker setting under its Kafka name; may be repeated', setting, {})
    .option('--auto-create', 'make topics when a client asks for them');
}

/** What a command line asks for. */
export function parseOptions(argv: readonly string[]): DevBrokerOptions {
  const flags = createCommand().parse(argv).opts<Flags>();
  const { nodes, port, host, firstNodeId } = flags;
  const autoCreate = flags.autoCreate ? { 'auto.create.topics.enable': true } : {};
  return { nodes, port, host, firstNodeId, topics: flags.topic, ...flags.set, ...autoCreate };
}
