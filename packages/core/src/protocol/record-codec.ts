/** What a user gives to have values written in another form than JSON. */

/**
 * A form of values on the wire beside JSON, under the name that stands in the header of each record written in it.
 * `encode` and `decode` are those of tRPC's `experimental_encoder` (server/src/adapters/wsEncoder.ts): the same object
 * serves `wsLink` and its adapter.
 *
 * It is given tRPC's envelopes: plain objects, with what the data transformer made of an input, a result or an error
 * shape in them. Both sides must give a name to the same form.
 *
 * @example
 * import { Packr } from 'msgpackr';
 *
 * const packr = new Packr({ useRecords: false });
 * export const msgpack: RecordCodec = {
 *   name: 'msgpack',
 *   encode: (value) => packr.encode(value),
 *   decode: (bytes) => packr.decode(bytes as Uint8Array),
 * };
 */
export interface RecordCodec {
  /** 1 to 64 of `a-z`, `0-9`, `.`, `+`, `-`; not `json`, which is built in. */
  readonly name: string;
  /**
   * Writes a value at once, as bytes that are not written to again, or as text, which becomes UTF-8.
   * What it throws for a value fails the call that the value belongs to, and no other.
   */
  encode(value: unknown): string | Uint8Array;
  /**
   * Reads what `encode` has written, at once: a text where `encode` makes texts, else bytes that are its own to keep.
   * It is given whatever somebody wrote under its name: what it throws refuses the record.
   */
  decode(data: string | ArrayBuffer | Uint8Array): unknown;
}
