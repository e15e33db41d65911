/** A request that the driver lays out byte by byte itself, and how its answer is read. */

/** The versions a broker serves, by API key. */
export type ApiVersions = Readonly<Record<number, { readonly maxVersion: number }>>;

/** A request without tagged fields in its header, to be sent over the connection of any client. */
export interface Exchange<T> {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  /** After this time without an answer the broker counts as hung. */
  readonly timeoutMs: number;
  /** The body of the request. */
  encode(): Promise<Buffer>;
  decode(payload: Buffer): Promise<T>;
}
