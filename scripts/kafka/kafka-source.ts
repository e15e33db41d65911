/**
 * Decides where a real Kafka comes from: KAFKA_BROKERS, else Docker, else a JVM; and says why not, in one line.
 * It owns the order and the environment variables KAFKA_BROKERS, KAFKA_BACKEND and KAFKA=off.
 * It must not start anything: it looks, and what it finds is prepared and launched by others.
 */
import { createDockerBackend } from './docker-backend.js';
import { findJava } from './java.js';
import { createJvmBackend } from './jvm-backend.js';
import type { KafkaBackend } from './kafka-backend.js';
import { findKafkaJars } from './kafka-jars.js';
import { runCommand } from './run-command.js';

/** A Kafka that runs already, ways to start one in order of preference, or one line on why there is none. */
export type KafkaSource =
  | { readonly kind: 'brokers'; readonly brokers: readonly string[] }
  | { readonly kind: 'backends'; readonly backends: readonly KafkaBackend[] }
  | { readonly kind: 'none'; readonly reason: string };

type Finding = KafkaBackend | { readonly unusable: string };

export interface KafkaSourceOptions {
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** The jars of an earlier fetch, if any. @default those in the cache folder */
  readonly findJars?: () => Promise<string | undefined>;
}

const finders: Readonly<Record<KafkaBackend['kind'], (options: KafkaSourceOptions) => Promise<Finding>>> = {
  docker: findDocker,
  jvm: findJvm,
};

/** Looks for a Kafka in the order of this file's header. `KAFKA_BACKEND` (`docker` or `jvm`) leaves the other out. */
export async function findKafkaSource(options: KafkaSourceOptions = {}): Promise<KafkaSource> {
  const { env = process.env } = options;
  if (env['KAFKA'] === 'off') return { kind: 'none', reason: 'KAFKA=off leaves it out' };
  const brokers = splitList(env['KAFKA_BROKERS']);
  if (brokers.length > 0) return { kind: 'brokers', brokers };

  const wanted = env['KAFKA_BACKEND'] || undefined;
  if (wanted !== undefined && !Object.hasOwn(finders, wanted)) {
    return { kind: 'none', reason: `KAFKA_BACKEND is "${wanted}"; it can be docker or jvm` };
  }
  const kinds = (['docker', 'jvm'] as const).filter((kind) => wanted === undefined || wanted === kind);
  const findings = await Promise.all(kinds.map((kind) => finders[kind](options)));
  const backends = findings.filter((finding) => 'kind' in finding);
  if (backends.length > 0) return { kind: 'backends', backends };
  const reasons = findings.map((finding) => ('unusable' in finding ? finding.unusable : ''));
  return { kind: 'none', reason: reasons.join('; ') };
}

/** A client without a daemon is common, and so is a daemon on another machine, whose ports are not here. */
async function findDocker({ env = process.env }: KafkaSourceOptions): Promise<Finding> {
  const server = await runCommand('docker', ['version', '--format', '{{.Server.Version}}'], {
    env,
    timeoutMs: 5_000,
  });
  if (!server.ok) return { unusable: `no Docker: ${server.failure}` };
  const endpoint = await runCommand(
    'docker',
    ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'],
    { env },
  );
  if (/^(tcp|ssh|https?):/.test(endpoint.stdout)) {
    return { unusable: `no Docker: its daemon is on another machine (${endpoint.stdout})` };
  }
  return createDockerBackend();
}

async function findJvm({
  env = process.env,
  findJars = findKafkaJars,
}: KafkaSourceOptions): Promise<Finding> {
  if (process.platform === 'win32') return { unusable: 'no JVM: nodes are steered by POSIX signals' };
  const java = await findJava(env);
  if ('unusable' in java) return { unusable: `no JVM: ${java.unusable}` };
  if ((await findJars()) !== undefined) return createJvmBackend(java);
  const maven = await runCommand('mvn', ['--version'], { env, timeoutMs: 30_000 });
  if (maven.ok) return createJvmBackend(java);
  return {
    unusable: `no JVM: Java ${java.version} is here, but Maven, which fetches Kafka once, is not (${maven.failure})`,
  };
}

function splitList(text = ''): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
