/** Checks of single fields. Each narrows an `unknown`; none throws. */
import { maxFeatures, maxIdLength, maxListed } from './limits.js';
import type { CallId, Credit, ProcedureType } from './message.js';

/** What `JSON.parse` makes of an object. Keys like `__proto__` are own properties of it and nothing else. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Not by `instanceof`: under jsdom, Node's own buffers are of another realm than the code that looks at them. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && (value as Uint8Array).BYTES_PER_ELEMENT === 1;
}

export function isProcedureType(value: unknown): value is ProcedureType {
  return value === 'query' || value === 'mutation' || value === 'subscription';
}

export function isTextUpTo(maxLength: number, value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxLength;
}

export function isTextFields(value: unknown): value is Readonly<Record<string, string>> {
  return isFields(value) && Object.values(value).every((field) => typeof field === 'string');
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((text) => typeof text === 'string');
}

/** A whole number from 0 to `max`. */
export function isCount(value: unknown, max: number = Number.MAX_SAFE_INTEGER): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max;
}

export function readId(value: unknown): CallId | undefined {
  if (isCount(value)) return value;
  return isTextUpTo(maxIdLength, value) && value !== '' ? value : undefined;
}

export function readCredit(value: unknown): Credit | undefined {
  if (!isFields(value)) return undefined;
  const { items, bytes } = value as Record<keyof Credit, unknown>;
  return isCount(items) && isCount(bytes) ? { items, bytes } : undefined;
}

/** The readable entries of a list, as far as it is read; `undefined` when it is none, or one of them cannot be read. */
export function readList<TEntry>(
  value: unknown,
  read: (entry: unknown) => TEntry | undefined,
): readonly TEntry[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const entries: TEntry[] = [];
  for (const each of value.slice(0, maxListed)) {
    const entry = read(each);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return entries;
}

export function readFeatures(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, maxFeatures).filter((feature) => typeof feature === 'string');
}

export function readJsonrpc(value: Fields): { jsonrpc?: '2.0' } {
  return value['jsonrpc'] === '2.0' ? { jsonrpc: '2.0' } : {};
}

/** A value as it may stand in a reason: short, and without characters that could forge a line of a log. */
export function quote(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : `(${typeof value})`;
}
