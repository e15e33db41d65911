/**
 * What an API is: its versions, its two messages, how it is handled and how it is refused.
 *
 * Owns: the contract between the server and the APIs, and compiling codecs per version on first use.
 * Must not know: sockets, any particular API.
 */
import type { BrokerNode } from '../cluster/broker-node.js';
import type { Cluster } from '../cluster/cluster.js';
import { type ApiName, apiKeys } from '../protocol/api-keys.js';
import type { WireReader } from '../wire/wire-reader.js';
import type { Codec, WireType } from '../wire/wire-type.js';
import type { WireWriter } from '../wire/wire-writer.js';

/** Where a request came from and whom it reached. */
export interface RequestContext {
  readonly cluster: Cluster;
  /** The node that was asked. */
  readonly node: BrokerNode;
  readonly version: number;
  readonly clientId: string;
  readonly clientHost: string;
  /** Calls back when the client is gone, so that nothing waits for its sake; returns the remover. */
  readonly onDisconnect: (gone: () => void) => () => void;
}

/** Answered at once, later, or (undefined) never: produce with acks=0. */
export type Handled<T> = T | undefined | Promise<T | undefined>;

/** One API, typed. */
export interface ApiDefinition<RequestOut, RequestIn, ResponseOut, ResponseIn> {
  readonly name: ApiName;
  /** First and last version served. */
  readonly versions: readonly [number, number];
  /** The first version with compact lengths and tags (KIP-482). */
  readonly flexibleFrom: number;
  readonly request: WireType<RequestOut, RequestIn>;
  readonly response: WireType<ResponseOut, ResponseIn>;
  handle(request: RequestOut, context: RequestContext): Handled<ResponseIn>;
  /** The answer that says `errorCode` wherever the API has a place for it. */
  refuse(request: RequestOut, errorCode: number, context: RequestContext): ResponseIn;
}

/** Writes the body of an answer. */
export type ResponseBody = (writer: WireWriter) => void;

/** A request that was read and not handled yet. */
export interface OpenRequest {
  /** The request itself, for faults that choose by what is in it. */
  readonly body: unknown;
  handle(context: RequestContext): Handled<ResponseBody>;
  refuse(errorCode: number, context: RequestContext): ResponseBody;
}

/** An API without its types, as the server keeps it. */
export interface Api {
  readonly name: ApiName;
  readonly key: number;
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly flexibleFrom: number;
  open(reader: WireReader, version: number): OpenRequest;
}

interface Codecs<RequestOut, RequestIn, ResponseOut, ResponseIn> {
  readonly request: Codec<RequestOut, RequestIn>;
  readonly response: Codec<ResponseOut, ResponseIn>;
}

/** Makes an API out of its definition. */
export function defineApi<RequestOut, RequestIn, ResponseOut, ResponseIn>(
  definition: ApiDefinition<RequestOut, RequestIn, ResponseOut, ResponseIn>,
): Api {
  const byVersion = new Map<number, Codecs<RequestOut, RequestIn, ResponseOut, ResponseIn>>();
  const codecsAt = (version: number): Codecs<RequestOut, RequestIn, ResponseOut, ResponseIn> => {
    const known = byVersion.get(version);
    if (known) return known;
    const at = { version, flexible: version >= definition.flexibleFrom };
    const made = { request: definition.request.codec(at), response: definition.response.codec(at) };
    byVersion.set(version, made);
    return made;
  };
  return {
    name: definition.name,
    key: apiKeys[definition.name],
    minVersion: definition.versions[0],
    maxVersion: definition.versions[1],
    flexibleFrom: definition.flexibleFrom,
    open(reader, version) {
      const codecs = codecsAt(version);
      const request = codecs.request.read(reader);
      const body = (response: ResponseIn) => (writer: WireWriter) => codecs.response.write(writer, response);
      return {
        body: request,
        handle(context) {
          const handled = definition.handle(request, context);
          if (handled instanceof Promise) return handled.then((late) => late && body(late));
          return handled && body(handled);
        },
        refuse: (errorCode, context) => body(definition.refuse(request, errorCode, context)),
      };
    },
  };
}
