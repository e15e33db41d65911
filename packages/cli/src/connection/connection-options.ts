/**
 * How brokers are reached, as flags, environment or a file say: in this order, each value by itself.
 * Owns: the spelling of all three. Must not know: commands.
 */
import { readFileSync } from 'node:fs';
import { defineKafkaService, type KafkaService, type KafkaServiceOptions } from '@trpc-kafka/core';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { Kafka, type KafkaConfig, logLevel, type SASLOptions } from 'kafkajs';

/** What is told about the connection. */
interface ConnectionFlags {
  readonly brokers?: readonly string[];
  readonly clientId?: string;
  readonly tls?: boolean;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly saslMechanism?: Mechanism;
  readonly saslUsername?: string;
  readonly saslPassword?: string;
  readonly topicPrefix?: string;
}

type Mechanism = (typeof mechanisms)[number];

/** A service in the file, where its definition says more than its name. */
type ServiceInFile = Omit<KafkaServiceOptions, 'name'>;

/** What stands in the file only. */
interface FileFlags extends ConnectionFlags {
  readonly services?: Readonly<Record<string, ServiceInFile>>;
}

/** A connection, and where the topics of services are. */
export interface Connection {
  readonly kafka: Kafka;
  readonly topicPrefix: string;
  /** Services that the file describes. */
  readonly described: readonly string[];
  /** The definition of a service: what the file says of it, else just its name. @throws KafkaTransportError `INVALID_OPTION`. */
  readonly define: (name: string) => KafkaService;
}

const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
const defaultFile = 'trpc-kafka.json';
const group = 'Connection (each also in the environment, or in the file of --config):';

/** Adds the flags to a command. */
export function addConnectionOptions(command: Command): Command {
  command.optionsGroup(group);
  const add = (flags: string, description: string, env: string): Option =>
    new Option(flags, description).env(`TRPC_KAFKA_${env}`);
  return command
    .addOption(
      add('-b, --brokers <list>', 'host:port of one or more brokers, with commas', 'BROKERS').argParser(
        toBrokers,
      ),
    )
    .addOption(add('--topic-prefix <text>', "the service definition's topicPrefix", 'TOPIC_PREFIX'))
    .addOption(add('--client-id <name>', 'how this program is called in the logs of brokers', 'CLIENT_ID'))
    .addOption(add('--tls', 'connect with TLS', 'TLS'))
    .addOption(add('--tls-ca <file>', 'PEM file of the authority that signed the brokers', 'TLS_CA'))
    .addOption(add('--tls-cert <file>', 'PEM file of a certificate of ours', 'TLS_CERT'))
    .addOption(add('--tls-key <file>', 'PEM file of its key', 'TLS_KEY'))
    .addOption(add('--sasl-mechanism <name>', 'how to log in', 'SASL_MECHANISM').choices([...mechanisms]))
    .addOption(add('--sasl-username <name>', 'as whom', 'SASL_USERNAME'))
    .addOption(
      add('--sasl-password <text>', 'better given in the environment: flags can be seen', 'SASL_PASSWORD'),
    )
    .addOption(
      add(
        '--config <file>',
        `JSON with any of these, as { "brokers": [...] } (default: ${defaultFile})`,
        'CONFIG',
      ),
    );
}

/** Makes the connection that a command was told of. Nothing is connected yet. @throws what the command prints as usage. */
export function readConnection(command: Command): Connection {
  const given = command.opts<ConnectionFlags & { config?: string }>();
  const { services = {}, ...inFile } = readFile(command, given.config);
  const flags: ConnectionFlags = { ...inFile, ...definedOnly(given) };
  if (flags.brokers === undefined || flags.brokers.length === 0) {
    command.error(
      'error: no brokers are given. Say --brokers localhost:9092, or set TRPC_KAFKA_BROKERS, or write {"brokers": ["localhost:9092"]} into trpc-kafka.json',
    );
  }
  const ssl = readTls(command, flags);
  const sasl = readSasl(command, flags);
  const config: KafkaConfig = {
    brokers: [...(flags.brokers ?? [])],
    clientId: flags.clientId ?? 'trpc-kafka-cli',
    logLevel: logLevel.NOTHING,
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
  };
  const topicPrefix = flags.topicPrefix ?? '';
  return {
    kafka: new Kafka(config),
    topicPrefix,
    described: Object.keys(services),
    define: (name) =>
      defineKafkaService({ topicPrefix, ...(Object.hasOwn(services, name) ? services[name] : {}), name }),
  };
}

function toBrokers(text: string): readonly string[] {
  const brokers = text.split(',').map((broker) => broker.trim());
  if (brokers.every((broker) => /^[^\s:]+:\d{1,5}$|^\[[0-9a-f:]+\]:\d{1,5}$/i.test(broker))) return brokers;
  throw new InvalidArgumentError('Give host:port, several with commas: kafka-1:9092,kafka-2:9092.');
}

function readFile(command: Command, path: string | undefined): FileFlags {
  let text: string;
  try {
    text = readFileSync(path ?? defaultFile, 'utf8');
  } catch (error) {
    if (path === undefined) return {}; // Nobody said that there was one.
    return command.error(`error: the file of --config cannot be read: ${(error as Error).message}`);
  }
  try {
    const config = JSON.parse(text) as FileFlags & { brokers?: unknown };
    const { brokers } = config;
    return typeof brokers === 'string' ? { ...config, brokers: toBrokers(brokers) } : config;
  } catch (error) {
    return command.error(`error: ${path ?? defaultFile} is no JSON: ${(error as Error).message}`);
  }
}

function readTls(command: Command, flags: ConnectionFlags): KafkaConfig['ssl'] {
  const { tls, tlsCa, tlsCert, tlsKey } = flags;
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      return command.error(`error: a file for TLS cannot be read: ${(error as Error).message}`);
    }
  };
  if (tlsCa === undefined && tlsCert === undefined && tlsKey === undefined) return isOn(tls) || undefined;
  return {
    ...(tlsCa === undefined ? {} : { ca: [read(tlsCa)] }),
    ...(tlsCert === undefined ? {} : { cert: read(tlsCert) }),
    ...(tlsKey === undefined ? {} : { key: read(tlsKey) }),
  };
}

/** In the environment everything is a text. */
function isOn(value: unknown): boolean {
  return value !== undefined && value !== false && value !== '0' && value !== 'false' && value !== '';
}

function readSasl(command: Command, flags: ConnectionFlags): SASLOptions | undefined {
  const { saslMechanism: mechanism = 'plain', saslUsername: username, saslPassword: password } = flags;
  if (username === undefined && flags.saslMechanism === undefined) return undefined;
  if (username === undefined || password === undefined) {
    return command.error(
      'error: to log in, a username and a password are needed: --sasl-username and TRPC_KAFKA_SASL_PASSWORD',
    );
  }
  return { mechanism, username, password } as SASLOptions;
}

function definedOnly<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
