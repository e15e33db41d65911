/** What the manifest says of ports, paths and times is what the code does. */
import { readFile } from 'node:fs/promises';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { startPod } from '../src/pod.js';
import { readSettings } from '../src/settings.js';

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly failureThreshold: number;
  readonly timeoutSeconds: number;
}

interface Deployment {
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly [Container];
      };
    };
  };
}

interface Container {
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
}

const text = await readFile(new URL('../manifest.yaml', import.meta.url), 'utf8');
const documents = parseAllDocuments(text);
const deployment = documents[0]!.toJS() as Deployment;
const pod = deployment.spec.template;
const [container] = pod.spec.containers;
const env = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
const settings = readSettings(env);
const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];

/** What closing a handler may take after its grace: aborted resolvers 1 s, the last replies 3 s, leaving, disconnecting. */
const closingMs = 5000;

test('it is YAML without a fault, and its selectors find its pods', () => {
  expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
  const budget = documents[1]!.toJS() as Deployment;
  for (const { spec } of [deployment, budget]) expect(pod.metadata.labels).toEqual(spec.selector.matchLabels);
});

test('every variable is read, and every setting is said', () => {
  for (const { name, value } of container.env) {
    const changed = readSettings({ ...env, [name]: `1${value}` });
    expect(changed, `${name} is not read`).not.toEqual(settings);
  }
  expect(container.env).toHaveLength(Object.keys(settings).length);
});

test('probes ask the port that is served, and wait longer than a check may take', () => {
  const [port] = container.ports;
  expect(port?.containerPort).toBe(settings.healthPort);
  for (const { httpGet, timeoutSeconds } of probes) {
    expect(httpGet.port).toBe(port?.name);
    expect(timeoutSeconds * 1000).toBeGreaterThan(settings.checkTimeoutMs);
  }
});

test('a pod is not killed before it has closed', () => {
  const [command, seconds] = container.lifecycle.preStop.exec.command;
  expect(command).toBe('sleep');
  const neededMs = Number(seconds) * 1000 + settings.graceMs + closingMs;
  expect(pod.spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(neededMs);
});

test('readiness outlasts a rebalance, and startup an outage', () => {
  const patienceMs = ({ periodSeconds, failureThreshold }: Probe) => periodSeconds * failureThreshold * 1000;
  expect(patienceMs(container.readinessProbe)).toBeGreaterThanOrEqual(10_000);
  expect(patienceMs(container.startupProbe)).toBeGreaterThanOrEqual(30 * 60_000);
});

test('the process answers every probe, and ends by itself when it is told to', async () => {
  await using broker = await createDevBroker();
  const started = await startPod({ ...env, KAFKA_BROKERS: broker.brokers.join(',') });
  try {
    for (const { httpGet } of probes) await started.until(httpGet.path, 200);
    expect(await started.end('SIGTERM')).toBe(0);
  } finally {
    await started.end('SIGKILL');
  }
});
