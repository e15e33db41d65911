/**
 * Makes one cluster object of kafkajs fit for request and reply: time-outs, quick recovery, no idle timer loop, prompt end.
 * Owns: every change made to objects of kafkajs. Only objects made for this driver are changed, never a prototype:
 * other users of kafkajs in the process see nothing of it.
 * Must not know: topics, groups, records.
 */
import type { Logger } from 'kafkajs';
import { toError } from '../cluster/client-errors.js';
import type { RefusedCredentials } from '../cluster/refused-credentials.js';
import { decodeFetchResponse, type FetchReading, fetchVersion } from '../cluster/wire/fetch-response.js';
import type { RawCluster, RawConnection, RawConnectionPool, RawRequest } from './kafkajs-internals.js';
import { fetchPatiently, type MendAnswer } from './patient-fetching.js';
import { fetchQuickly } from './quick-fetching.js';
import { createQuickRetrier } from './quick-retrier.js';
import type { TimeoutWatch } from './timeout-watch.js';
import { silenceTimerLoop } from './timer-loop.js';

/** How a cluster is tuned. */
export interface ClusterTuning {
  /**
   * Time-outs by API name in ms; for the others the request's own, or `default`. A request that is late drops its broker.
   */
  readonly timeoutsMs: Readonly<Record<string, number>> & { readonly default: number };
  /** APIs whose answers come back with their error codes; kafkajs throws the first code and drops the rest. */
  readonly keepErrorsOf: ReadonlySet<string>;
  /** How record batches are read; a fetch goes on behind those that cannot be. */
  readonly reading: FetchReading;
  /** Called before a request is sent, which waits for the promise, if one is returned. */
  readonly beforeRequest?: (apiName: string) => Promise<void> | undefined;
  /** Sees every answer as it was decoded, before kafkajs looks at its error codes. */
  readonly onResponse?: (apiName: string, response: unknown) => void;
  /** For a consumer of kafkajs that runs: one broker that cannot be read is no reason to stop reading from the others. */
  readonly fetchPatiently?: boolean;
  /** Told of the broker that answered, `host:port`. */
  readonly onAnswer: (broker: string) => void;
  /** Told of every attempt that failed, also of those that are repeated. */
  readonly onFailure: (error: Error) => void;
  /** Whether kafkajs may log a failed connection in these words. */
  readonly isNews: (text: string) => boolean;
  /** Shared by all clusters of a kafkajs instance, which has one password. */
  readonly credentials: RefusedCredentials;
  /** Shared by all clusters of a driver. */
  readonly timeouts: TimeoutWatch;
}

/** A cluster object after tuning. */
export interface TunedCluster {
  readonly raw: RawCluster;
  /** `host:port` of every broker a connection was made for. */
  readonly brokersTried: ReadonlySet<string>;
  readonly closed: boolean;
  /** Cuts the connections to a broker and forgets it, so that the next use connects anew. */
  drop(pool: RawConnectionPool, reason: string): void;
  /** Cuts all connections; requests in flight fail, and none is sent afterwards. */
  close(): void;
}

/** Tunes a cluster object that kafkajs made for this driver. */
export function tuneCluster(raw: RawCluster, tuning: ClusterTuning): TunedCluster {
  const pools = new Set<RawConnectionPool>();
  const brokersTried = new Set<string>();
  let closed = false;
  const mend = tuning.fetchPatiently ? fetchPatiently(raw, () => closed) : undefined;

  function drop(pool: RawConnectionPool, reason: string): void {
    pools.delete(pool);
    // What was in flight to a broker that is given up may be asked again.
    for (const connection of pool.pool) cut(connection, connectionError(pool, reason, true));
    raw.removeBroker({ host: pool.host, port: pool.port });
    // kafkajs never changes a seed that accepts connections and answers nothing.
    if (raw.brokerPool.seedBroker?.connectionPool === pool) raw.brokerPool.createSeedBroker().catch(ignore);
  }

  function requestFailed(pool: RawConnectionPool, error: Error): void {
    tuning.onFailure(error);
    if (error.name === 'KafkaJSRequestTimeoutError') drop(pool, 'the broker did not answer in time');
  }

  function prepare(pool: RawConnectionPool): void {
    const send = pool.send.bind(pool);
    pool.send = async (request) => {
      const before = tuning.beforeRequest?.(request.request.apiName);
      if (before !== undefined) await before;
      if (closed) throw connectionError(pool, 'the Kafka driver was closed');
      try {
        const response = await send(adjust(request, tuning, mend));
        // Which versions a broker speaks it says to anybody, also to those it then turns away.
        if (request.request.apiName !== 'ApiVersions') tuning.onAnswer(`${pool.host}:${pool.port}`);
        return response;
      } catch (error) {
        if (!closed) requestFailed(pool, toError(error));
        throw error;
      }
    };
    for (const connection of pool.pool) {
      connection.requestQueue.requestTimeout = tuning.timeoutsMs.default;
      connection.requestQueue.enforceRequestTimeout = true;
      silenceTimerLoop(connection.requestQueue);
      tuning.timeouts.adopt(connection.requestQueue);
      tuneDisconnecting(connection);
      connection.logger = quieten(connection.logger, (text) =>
        tuning.isNews(`${pool.host}:${pool.port} ${text}`),
      );
      tuneAuthenticating(connection, tuning.credentials);
      tuneConnecting(connection, () =>
        closed ? connectionError(pool, 'the Kafka driver was closed') : tuning.credentials.refusal(),
      );
    }
  }

  const removeBroker = raw.removeBroker.bind(raw);
  raw.removeBroker = (address) => {
    // Without any broker kafkajs takes its consumers for dead. The only one there is may come back at the same place.
    if (Object.keys(raw.brokerPool.brokers).length > 1) removeBroker(address);
    else raw.brokerPool.metadataExpireAt = null;
  };
  const build = raw.connectionPoolBuilder.build.bind(raw.connectionPoolBuilder);
  raw.connectionPoolBuilder.build = async (destination) => {
    const pool = await build(destination);
    for (const other of pools) if (sameBroker(other, pool) && !other.isConnected()) pools.delete(other);
    pools.add(pool);
    brokersTried.add(`${pool.host}:${pool.port}`);
    prepare(pool);
    return pool;
  };
  raw.brokerPool.logger = quieten(raw.brokerPool.logger, (text) => !closed && tuning.isNews(text));
  const findBroker = raw.brokerPool.findBroker.bind(raw.brokerPool);
  const quickBrokers = new WeakSet<object>();
  raw.brokerPool.findBroker = async (node) => {
    const broker = await findBroker(node);
    if (!quickBrokers.has(broker)) {
      quickBrokers.add(broker);
      fetchQuickly(broker, !tuning.keepErrorsOf.has('Fetch'));
    }
    return broker;
  };
  const retrying = { isClosed: () => closed, onFailure: tuning.onFailure };
  raw.retrier = createQuickRetrier({ ...retrying, retries: 10 });
  raw.brokerPool.retrier = createQuickRetrier({ ...retrying, retries: 1 });

  return {
    raw,
    brokersTried,
    get closed() {
      return closed;
    },
    drop,
    close() {
      closed = true;
      for (const pool of pools) {
        for (const connection of pool.pool)
          cut(connection, connectionError(pool, 'the Kafka driver was closed'));
      }
      pools.clear();
    },
  };
}

function adjust(request: RawRequest, tuning: ClusterTuning, mend: MendAnswer | undefined): RawRequest {
  const { apiName, apiVersion } = request.request;
  const { response } = request;
  const keepErrors = tuning.keepErrorsOf.has(apiName);
  return {
    ...request,
    requestTimeout: tuning.timeoutsMs[apiName] ?? request.requestTimeout ?? tuning.timeoutsMs.default,
    response: {
      decode: (payload) =>
        apiName === 'Fetch' && apiVersion === fetchVersion
          ? decodeFetchResponse(payload, tuning.reading)
          : response.decode(payload),
      parse: async (decoded) => {
        tuning.onResponse?.(apiName, decoded);
        if (keepErrors) return decoded;
        return response.parse(mend === undefined ? decoded : await mend(apiName, decoded));
      },
    },
  };
}

function sameBroker(a: RawConnectionPool, b: RawConnectionPool): boolean {
  return a.host === b.host && a.port === b.port;
}

/** kafkajs's own `disconnect` waits for requests in flight, which a hung broker never answers. */
function cut(connection: RawConnection, error: Error): void {
  const connected = connection.isConnected();
  connection.connectionStatus = 'disconnected';
  connection.requestQueue.rejectAll(error);
  connection.requestQueue.destroy();
  // While connecting, only an error settles kafkajs's connect() and stops its timer.
  if (connected) connection.socket?.destroy();
  else connection.socket?.destroy(error);
}

/** A logger that is spared the errors which are no news. */
function quieten(logger: Logger, isNews: ClusterTuning['isNews']): Logger {
  return {
    ...logger,
    error(message, extra) {
      if (isNews(message)) logger.error(message, extra);
    },
  };
}

function tuneAuthenticating(connection: RawConnection, credentials: RefusedCredentials): void {
  const authenticate = connection.authenticate.bind(connection);
  connection.authenticate = async () => {
    try {
      await authenticate();
    } catch (error) {
      credentials.failed(toError(error));
      throw error;
    }
    credentials.accepted();
  };
}

function tuneConnecting(connection: RawConnection, refusal: () => Error | undefined): void {
  const connect = connection.connect.bind(connection);
  connection.connect = async () => {
    const error = refusal();
    if (error !== undefined) throw error;
    forgetLastTime(connection);
    const result = await connect();
    // Small requests one behind the other would otherwise wait for the peer's delayed acknowledgement.
    connection.socket?.setNoDelay(true);
    // A large answer over a slow line is not late while it arrives.
    connection.socket?.on('data', () => restartClocks(connection));
    return result;
  };
}

/**
 * kafkajs disconnects a dead connection again whenever it meets it. `unref` of a socket that is gone waits for a `connect`
 * that never comes, so that an outage of some seconds ended in a MaxListenersExceededWarning on the user's console.
 */
function tuneDisconnecting(connection: RawConnection): void {
  const disconnect = connection.disconnect.bind(connection);
  connection.disconnect = () => {
    if (connection.socket?.destroyed) delete connection.socket;
    return disconnect();
  };
}

/** kafkajs would take the rest of a half-read answer for the beginning of the first one on the new socket. */
function forgetLastTime(connection: RawConnection): void {
  connection.chunks = [];
  connection.bytesBuffered = 0;
  connection.bytesNeeded = 4;
  connection.authHandlers = null;
  connection.authExpectResponse = false;
}

/** The time-out of a request counts from here; see timeout-watch.ts. */
function restartClocks(connection: RawConnection): void {
  const now = Date.now();
  for (const request of connection.requestQueue.inflight.values()) {
    if (request.sentAt !== null) request.sentAt = now;
  }
}

/** An error that kafkajs recognises by its name as a lost connection. */
function connectionError(pool: RawConnectionPool, message: string, retriable = false): Error {
  return Object.assign(new Error(`${message} (${pool.host}:${pool.port})`), {
    name: 'KafkaJSConnectionClosedError',
    host: pool.host,
    port: pool.port,
    broker: `${pool.host}:${pool.port}`,
    retriable,
  });
}

function ignore(): void {
  // Nothing to add: whoever waits for the operation is told by its own promise.
}
