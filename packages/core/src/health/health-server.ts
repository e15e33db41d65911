/**
 * The HTTP server that probes ask: /livez, /readyz, /startupz, and /metrics where there are any.
 * Owns: the port, the ways, ending in order. Must not know: Kafka, handlers, clients: it asks whatever it is given.
 * The ways are those of Kubernetes' own servers (kubernetes.io/docs/reference/using-api/health-checks).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KafkaTransportError } from '../errors/transport-error.js';
import { assertWhole } from '../service/assert-whole.js';
import { askCheck, type CheckedHealth, describe, type HealthCheck } from './health-check.js';
import { type HttpPage, jsonPage, type ProbeQuestion, probePage } from './health-page.js';
import type { HealthOptions } from './health-report.js';
import { type MetricsSource, readMetrics } from './metrics-source.js';

/** Options of {@link createHealthServer}. */
export interface HealthServerOptions extends HealthOptions {
  /** Where it listens; 0 takes a free port, see `address()`. */
  readonly port: number;
  /** The address it listens on. @default all of this machine: probes come from outside of the container */
  readonly host?: string;
  /** What is asked, by name: handlers, clients, and functions for anything else that calls depend on. */
  readonly checks: Readonly<Record<string, HealthCheck>>;
  /** Served at /metrics: a registry of prom-client, or a function that answers a page. @default there is no /metrics */
  readonly metrics?: MetricsSource;
  /** How long a check that answers with a promise may take, in ms: less than the `timeoutSeconds` of the probes. @default 800 */
  readonly checkTimeoutMs?: number;
}

/** A server for probes. Made by {@link createHealthServer}. */
export interface HealthServer {
  /** Resolves when it listens. @throws the listen error, say `EADDRINUSE`. */
  ready(): Promise<void>;
  /** Where it listens, once it does. */
  address(): { readonly host: string; readonly port: number } | undefined;
  /**
   * Answers /readyz with 503 from now on, whatever the checks say; all else goes on. For `onClosing` of `closeOnSignal`,
   * where requests are to stay away before anything is closed.
   */
  drain(): void;
  /**
   * Takes no more connections and answers what was asked. Close it last, so that it is seen how the others close.
   * @param options `graceMs`, after which connections are cut: @default 1000
   */
  close(options?: { graceMs?: number }): Promise<void>;
}

/**
 * Answers the probes of Kubernetes, or of whatever looks after a process: 200 or 503, with what each check says as JSON.
 * Listens at once. Checks that throw, hang or answer nonsense are answered with 503 and named.
 *
 * @throws KafkaTransportError with code `INVALID_OPTION`.
 * @example
 * const healthServer = createHealthServer({ port: 8080, checks: { handler, kafkaClient }, metrics: register });
 * closeOnSignal([handler, kafkaClient, healthServer], { graceMs: 20_000, onClosing: () => healthServer.drain() });
 */
export function createHealthServer(options: HealthServerOptions): HealthServer {
  assertOptions(options);
  const state = { draining: false, closing: false };
  const server = createServer((request, response) => void respond(request, response));
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  // Whoever wants to know asks ready(); a port that is taken must not end what else the process does.
  listening.catch(() => {});
  // Also after it listened, say when there are no more file descriptors: the next connection may do.
  server.on('error', () => {});
  let closed: Promise<void> | undefined;

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const page = await answer(request, options, state.draining).catch((error: unknown) =>
      jsonPage(500, { error: describe(error) }),
    );
    // A connection that is kept alive would hold up close().
    if (state.closing) response.shouldKeepAlive = false;
    write(request, response, page);
  }

  return {
    ready: () => listening,
    address() {
      const address = server.address() as AddressInfo | null;
      return address === null ? undefined : { host: address.address, port: address.port };
    },
    drain() {
      state.draining = true;
    },
    async close({ graceMs = 1000 } = {}) {
      assertWhole(graceMs, { name: 'graceMs', min: 0, max: maxMs });
      state.draining = true;
      state.closing = true;
      closed ??= listening.then(
        () => end(server, graceMs),
        () => {}, // It never listened.
      );
      await closed;
    },
  };
}

/** What a timer can count. */
const maxMs = 2 ** 31 - 1;

function assertOptions({ port, checks, checkTimeoutMs, rebalanceGraceMs }: HealthServerOptions): void {
  if (port === undefined)
    throw invalid('port is missing; give the one that your probes ask, or 0 for a free one');
  assertWhole(port, { name: 'port', min: 0, max: 65_535 });
  assertWhole(checkTimeoutMs, { name: 'checkTimeoutMs', max: maxMs });
  assertWhole(rebalanceGraceMs, { name: 'rebalanceGraceMs', min: 0 });
  if (typeof checks !== 'object' || checks === null) {
    throw invalid('checks is missing; give an object like { handler, kafkaClient }');
  }
  for (const [name, check] of Object.entries<HealthCheck | undefined>(checks)) {
    if (typeof check === 'function' || typeof check?.health === 'function') continue;
    throw invalid(
      `checks.${name} cannot be asked; give a handler, a client, or a function that answers { ready }`,
    );
  }
}

function invalid(message: string): KafkaTransportError {
  return new KafkaTransportError({ code: 'INVALID_OPTION', message });
}

const questions: ReadonlyMap<string, ProbeQuestion> = new Map([
  ['/livez', 'alive'],
  ['/readyz', 'ready'],
  ['/startupz', 'started'],
]);

async function answer(
  { method, url = '/' }: IncomingMessage,
  options: HealthServerOptions,
  draining: boolean,
): Promise<HttpPage> {
  const path = url.split('?', 1)[0]!;
  const question = questions.get(path);
  const { metrics } = options;
  if (question === undefined && (path !== '/metrics' || metrics === undefined)) {
    const ways = [...questions.keys(), ...(metrics === undefined ? [] : ['/metrics'])];
    return jsonPage(404, { error: `there is no ${path}; ask ${ways.join(', ')}` });
  }
  if (method !== 'GET' && method !== 'HEAD') {
    return jsonPage(405, { error: 'only GET and HEAD' }, { allow: 'GET, HEAD' });
  }
  if (question !== undefined) return probePage(question, await askAll(options), draining);
  const page = await readMetrics(metrics!);
  return { status: 200, ...page };
}

async function askAll(options: HealthServerOptions): Promise<ReadonlyMap<string, CheckedHealth>> {
  const { checks, checkTimeoutMs: timeoutMs = 800, rebalanceGraceMs } = options;
  const asking = { timeoutMs, ...(rebalanceGraceMs !== undefined && { rebalanceGraceMs }) };
  const asked = Object.entries(checks).map(
    async ([name, check]): Promise<[string, CheckedHealth]> => [name, await askCheck(check, asking)],
  );
  return new Map(await Promise.all(asked));
}

function write({ method }: IncomingMessage, response: ServerResponse, page: HttpPage): void {
  response.writeHead(page.status, {
    'content-type': page.contentType,
    'content-length': Buffer.byteLength(page.body),
    'cache-control': 'no-store',
    ...page.headers,
  });
  response.end(method === 'HEAD' ? undefined : page.body);
}

function end(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    // A connection that is kept alive and asks nothing.
    server.closeIdleConnections();
  });
}
