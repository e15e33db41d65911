/**
 * What a field of a Kafka message is: how it is read and written at one version of its API.
 *
 * Owns: the WireType contract, version ranges, defaults and tags. Must not know: any particular message.
 * A message is described once as data (see struct.ts); its codec for a version is compiled on first use.
 */
import type { WireReader } from './wire-reader.js';
import type { WireWriter } from './wire-writer.js';

/** The version of an API a codec is compiled for. Flexible versions (KIP-482) have compact lengths and tags. */
export interface WireVersion {
  readonly version: number;
  readonly flexible: boolean;
}

/** Reads and writes one value at one version. */
export interface Codec<Out, In = Out> {
  readonly read: (reader: WireReader) => Out;
  readonly write: (writer: WireWriter, value: In) => void;
}

/** A type of field, with the versions that carry it. `initial` stands for it where it is absent. */
export interface WireType<Out, In = Out> {
  readonly codec: (at: WireVersion) => Codec<Out, In>;
  readonly initial: Out;
  readonly from: number;
  readonly to: number;
  readonly tag: number | undefined;
  /** Written when a message leaves the field out; undefined: it must not be left out. */
  readonly fallback: { readonly value: unknown } | undefined;
}

/** A field that may be left out when writing. */
export type Defaulted<T> = T & { readonly defaulted: true };

/** Makes a type that is present in every version. */
export function wireType<Out, In = Out>(
  initial: Out,
  codec: (at: WireVersion) => Codec<Out, In>,
): WireType<Out, In> {
  return { codec, initial, from: 0, to: Number.POSITIVE_INFINITY, tag: undefined, fallback: undefined };
}

/** Present from this version on. */
export function since<T extends WireType<unknown, never>>(from: number, type: T): T {
  return { ...type, from };
}

/** Present up to and including this version. */
export function until<T extends WireType<unknown, never>>(to: number, type: T): T {
  return { ...type, to };
}

/** Present in these versions, both ends included. */
export function between<T extends WireType<unknown, never>>(range: readonly [number, number], type: T): T {
  return { ...type, from: range[0], to: range[1] };
}

/** May be left out when writing, and reads as `value` where the version lacks it. */
export function withDefault<Out, In>(
  value: NoInfer<In & Out>,
  type: WireType<Out, In>,
): Defaulted<WireType<Out, In>> {
  return { ...type, initial: value, fallback: { value }, defaulted: true };
}

/** Travels in the tag section of flexible versions, and only when it differs from its default. */
export function tagged<Out, In>(
  tag: number,
  type: Defaulted<WireType<Out, In>>,
): Defaulted<WireType<Out, In>> {
  return { ...type, tag };
}
