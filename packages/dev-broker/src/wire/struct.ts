/**
 * Messages described as data: a struct is a list of named fields, in the order they travel.
 *
 * Owns: compiling a description to a codec for one version, and the tag section of flexible versions.
 * Must not know: which messages there are. Types of both directions are inferred from the description.
 */
import { WireReader } from './wire-reader.js';
import { type Codec, type Defaulted, type WireType, type WireVersion, wireType } from './wire-type.js';
import { WireWriter } from './wire-writer.js';

type Field = WireType<unknown, never>;
type Shape = Readonly<Record<string, Field>>;
type Flat<T> = { [K in keyof T]: T[K] };
type In<F> = F extends WireType<unknown, infer I> ? I : never;
type OptionalKeys<S extends Shape> = { [K in keyof S]: S[K] extends Defaulted<unknown> ? K : never }[keyof S];

/** What reading a struct gives: every field, with its default where the version lacks it. */
export type Decoded<S extends Shape> = {
  readonly [K in keyof S]: S[K] extends WireType<infer O, never> ? O : never;
};
/** What writing a struct takes: fields with a default may be left out. */
export type Encodable<S extends Shape> = Flat<
  { readonly [K in Exclude<keyof S, OptionalKeys<S>>]: In<S[K]> } & {
    readonly [K in OptionalKeys<S>]?: In<S[K]> | undefined;
  }
>;

type LooseRecord = Record<string, unknown>;
/** A field of one version; the cast is safe because `struct` checked the shape. */
interface Step {
  readonly name: string;
  readonly tag: number;
  readonly codec: Codec<unknown, unknown>;
  readonly fallback: { readonly value: unknown } | undefined;
}

function stepsAt(shape: Shape, at: WireVersion): readonly Step[] {
  return Object.entries(shape)
    .filter(([, field]) => at.version >= field.from && at.version <= field.to)
    .map(([name, field]) => ({
      name,
      tag: field.tag ?? -1,
      codec: field.codec(at) as Codec<unknown, unknown>,
      fallback: field.fallback,
    }));
}

function writePlain(writer: WireWriter, steps: readonly Step[], value: LooseRecord): void {
  for (const step of steps) {
    const given = value[step.name];
    step.codec.write(writer, given === undefined && step.fallback ? step.fallback.value : given);
  }
}

function writeTags(writer: WireWriter, steps: readonly Step[], value: LooseRecord): void {
  const set = steps.filter((step) => {
    const given = value[step.name];
    return given !== undefined && given !== step.fallback?.value;
  });
  writer.uvarint(set.length);
  for (const step of set) {
    const body = new WireWriter(64);
    step.codec.write(body, value[step.name]);
    writer.uvarint(step.tag);
    writer.uvarint(body.length);
    for (const chunk of body.finish()) writer.bytes(chunk);
  }
}

function readTags(reader: WireReader, steps: readonly Step[], into: LooseRecord): void {
  const count = reader.uvarint();
  for (let i = 0; i < count; i++) {
    const tag = reader.uvarint();
    const body = reader.bytes(reader.uvarint());
    // Tags that are not known are skipped: that is what makes flexible versions extensible.
    const step = steps.find((known) => known.tag === tag);
    if (step) into[step.name] = step.codec.read(new WireReader(body));
  }
}

function structCodec(shape: Shape, at: WireVersion): Codec<LooseRecord> {
  const steps = stepsAt(shape, at);
  const plain = steps.filter((step) => step.tag < 0);
  const tags = steps.filter((step) => step.tag >= 0).sort((a, b) => a.tag - b.tag);
  const template: LooseRecord = Object.fromEntries(
    Object.entries(shape).map(([name, field]) => [name, field.initial]),
  );
  return {
    read: (reader) => {
      const out = { ...template };
      for (const step of plain) out[step.name] = step.codec.read(reader);
      if (at.flexible) readTags(reader, tags, out);
      return out;
    },
    write: (writer, value) => {
      writePlain(writer, plain, value);
      if (at.flexible) writeTags(writer, tags, value);
    },
  };
}

/**
 * Describes a message or a part of one.
 *
 * @example
 * const partition = struct({ index: int32, leaderEpoch: withDefault(-1, since(4, int32)) });
 */
export function struct<S extends Shape>(shape: S): WireType<Decoded<S>, Encodable<S>> {
  const initial = Object.fromEntries(Object.entries(shape).map(([name, field]) => [name, field.initial]));
  return wireType<Decoded<S>, Encodable<S>>(
    initial as Decoded<S>,
    (at) => structCodec(shape, at) as unknown as Codec<Decoded<S>, Encodable<S>>,
  );
}
