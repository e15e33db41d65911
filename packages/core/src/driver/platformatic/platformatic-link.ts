/**
 * One connection of @platformatic/kafka to one broker.
 * Owns: time-outs, the end of a connection whatever state it is in, errors in the driver's terms.
 * Must not know: what requests are for, which broker is which.
 *
 * What is tamed: a request that is late leaves the connection of 1.35 unable to read on (its answer, when it comes, is never
 * taken out of the buffer), so that the connection ends with it; a timer that renews the authentication outlives a
 * connection that was lost; an error nobody listens to would end the process.
 */
import {
  apiVersionsV3,
  Connection,
  type ConnectionOptions,
  type ResponseParser,
  Writer,
} from '@platformatic/kafka';
import { type ClientErrorFields, clientError, toError } from '../cluster/client-errors.js';
import type { ApiVersions, Exchange } from '../cluster/exchange.js';
import type { RefusedCredentials } from '../cluster/refused-credentials.js';
import { answerIn, connectionError } from './platformatic-errors.js';
import { assertServed } from './served-versions.js';

/** Where a broker listens. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/** How a connection is made. */
export interface LinkOptions {
  readonly clientId: string;
  readonly connection: ConnectionOptions;
  /** What a request may take by API, in ms. */
  readonly timeoutsMs: Readonly<Record<string, number>> & { readonly default: number };
  readonly credentials: RefusedCredentials;
  /** Told of every answer. */
  readonly onAnswer: (broker: string) => void;
  /** Told when the connection could not be made, or was lost. */
  readonly onFailure: (error: Error) => void;
}

/** An API function of @platformatic/kafka, with its arguments given. */
export type LinkRequest = (
  connection: Connection,
  callback: (error: Error | null, answer?: unknown) => void,
) => void;

/** A connection. */
export interface PlatformaticLink {
  readonly broker: string;
  readonly isOpen: boolean;
  readonly isOver: boolean;
  /** The versions the broker serves; known when it is open. */
  readonly versions: ApiVersions;
  /** Connects, once; resolves when the broker answered. */
  open(): Promise<void>;
  /** Sends a request; resolves with the answer, error codes included. */
  request<T>(apiName: string, send: LinkRequest): Promise<T>;
  exchange<T>(exchange: Exchange<T>): Promise<T>;
  /** Ends it; what is under way fails with the error. */
  close(error: Error): void;
}

interface Pending {
  readonly timeoutMs: number;
  sinceMs: number;
  fail(error: Error): void;
}

/** Kafka reads what comes on a connection one after the other: waiting here or there is the same. */
const maxInflights = 10_000;
/** The longest timer there is: requests have time-outs of their own. */
const neverMs = 0x7fffffff;

/** The body of an answer as it came: it is read when this connection has taken it out of its buffer. */
const takeBody: ResponseParser<Buffer> = (...[, , , reader]) => reader.buffer.slice(reader.position);

/** Makes a connection that has not connected yet. */
export function createPlatformaticLink(address: BrokerAddress, options: LinkOptions): PlatformaticLink {
  return new LinkImpl(address, options);
}

class LinkImpl implements PlatformaticLink {
  readonly broker: string;
  isOpen = false;
  isOver = false;
  versions: ApiVersions = {};
  private readonly address: BrokerAddress;
  private readonly options: LinkOptions;
  private readonly connection: Connection;
  private readonly pending = new Set<Pending>();
  private opening: Promise<void> | undefined;
  private clock: NodeJS.Timeout | undefined;
  private ringsAtMs = Number.POSITIVE_INFINITY;

  constructor(address: BrokerAddress, options: LinkOptions) {
    this.address = address;
    this.options = options;
    this.broker = `${address.host}:${address.port}`;
    const limits = { maxInflights, requestTimeout: neverMs };
    this.connection = new Connection(options.clientId, { ...options.connection, ...limits });
    this.connection.on('error', (error: Error) => this.lost(error));
    this.connection.on('close', () => this.lost(new Error('the connection was closed')));
  }

  open(): Promise<void> {
    this.opening ??= this.connect();
    return this.opening;
  }

  request<T>(apiName: string, send: LinkRequest): Promise<T> {
    const { timeoutsMs } = this.options;
    return this.track(timeoutsMs[apiName] ?? timeoutsMs.default, send) as Promise<T>;
  }

  async exchange<T>(exchange: Exchange<T>): Promise<T> {
    const bytes = await exchange.encode();
    const payload = await this.track(exchange.timeoutMs, (connection, callback) => {
      connection.send(
        exchange.apiKey,
        exchange.apiVersion,
        () => Writer.create().append(bytes),
        takeBody,
        false,
        false,
        callback,
      );
    });
    return exchange.decode(payload as Buffer);
  }

  close(error: Error): void {
    if (this.isOver) return;
    this.isOver = true;
    this.isOpen = false;
    clearTimeout(this.clock);
    const { socket } = this.connection;
    // It ends the renewal of the authentication; the socket it would leave open until all is written.
    this.connection.close(() => undefined);
    socket?.destroy();
    for (const pending of this.pending) pending.fail(error);
    this.pending.clear();
  }

  private async connect(): Promise<void> {
    const { credentials, connection } = this.options;
    const refusal = credentials.refusal();
    try {
      if (refusal !== undefined) throw refusal;
      await this.connectSocket();
      if (connection.sasl !== undefined) credentials.accepted();
      this.connection.socket.on('data', () => this.restartClock());
      // Which versions a broker speaks it says to anybody: what counts is the answer to another request.
      this.versions = await this.askVersions();
    } catch (error) {
      const failure = toError(error);
      if (failure !== refusal) credentials.failed(failure);
      this.end(failure);
      throw failure;
    }
    this.isOpen = true;
  }

  private connectSocket(): Promise<void> {
    return new Promise((resolve, reject) => {
      const pending: Pending = { timeoutMs: neverMs, sinceMs: Date.now(), fail: reject };
      this.pending.add(pending);
      const { host, port } = this.address;
      void this.connection.connect(host, port, (error) => {
        this.pending.delete(pending);
        if (error === null || error === undefined) resolve();
        else reject(connectionError(error, this.broker));
      });
    });
  }

  private async askVersions(): Promise<ApiVersions> {
    const { apiKeys } = await this.request<{
      apiKeys: readonly { apiKey: number; minVersion: number; maxVersion: number }[];
    }>('ApiVersions', (connection, callback) => apiVersionsV3.api(connection, 'trpc-kafka', '1', callback));
    assertServed(apiKeys, this.broker);
    return Object.fromEntries(apiKeys.map(({ apiKey, maxVersion }) => [apiKey, { maxVersion }]));
  }

  private track(timeoutMs: number, send: LinkRequest): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.isOver) {
        reject(connectionError(new Error('the connection was closed'), this.broker));
        return;
      }
      const pending: Pending = { timeoutMs, sinceMs: Date.now(), fail: reject };
      this.pending.add(pending);
      if (pending.sinceMs + timeoutMs < this.ringsAtMs) this.setClock(timeoutMs);
      send(this.connection, (error, answer) => {
        if (!this.pending.delete(pending)) return;
        if (error === null) {
          if (this.isOpen) this.options.onAnswer(this.broker);
          resolve(answer);
          return;
        }
        const held = answerIn(error);
        if (held === undefined) {
          reject(connectionError(error, this.broker));
          return;
        }
        if (this.isOpen) this.options.onAnswer(this.broker);
        resolve(held);
      });
    });
  }

  /** The connection is over without anybody having wanted it. */
  private lost(error: Error): void {
    if (!this.isOver) this.end(connectionError(error, this.broker));
  }

  private end(failure: ClientErrorFields | Error): void {
    if (this.isOver) return;
    this.close(failure);
    this.options.onFailure(failure);
  }

  /** A large answer over a slow line is not late while it arrives. */
  private restartClock(): void {
    const nowMs = Date.now();
    for (const pending of this.pending) pending.sinceMs = nowMs;
  }

  private setClock(inMs: number): void {
    clearTimeout(this.clock);
    this.ringsAtMs = Date.now() + inMs;
    this.clock = setTimeout(this.look, inMs);
  }

  /** One timer for all requests: it looks again when the next may be late. */
  private readonly look = (): void => {
    this.ringsAtMs = Number.POSITIVE_INFINITY;
    const nowMs = Date.now();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { sinceMs, timeoutMs } of this.pending) {
      if (timeoutMs === neverMs) continue;
      const leftMs = sinceMs + timeoutMs - nowMs;
      if (leftMs <= 0) {
        const message = `${this.broker} did not answer a request within ${timeoutMs} ms`;
        const fields = { broker: this.broker, retriable: true };
        this.end(clientError('KafkaRequestTimeoutError', message, fields));
        return;
      }
      nextMs = Math.min(nextMs, leftMs);
    }
    if (nextMs < Number.POSITIVE_INFINITY) this.setClock(nextMs);
  };
}
