/** What a procedure returned, as text. */
import superjson from 'superjson';

/** How it is to be written. */
export interface ResultWriting {
  /** The service's transformer is superjson: there are values that JSON has none of. */
  readonly superjson: boolean;
  /** On one line. */
  readonly compact: boolean;
}

/** As JSON. What superjson carried beside JSON (dates, maps, big numbers) is written as superjson spells it. */
export function resultText(data: unknown, writing: ResultWriting): string {
  const value: unknown = writing.superjson ? superjson.serialize(data).json : data;
  return JSON.stringify(value ?? null, undefined, writing.compact ? undefined : 2);
}

/** True of a result that comes item by item. */
export function isItems(data: unknown): data is AsyncIterable<unknown> {
  return typeof data === 'object' && data !== null && Symbol.asyncIterator in data;
}

/** A streamed result as a whole: parts that come later are waited for. */
export async function whole(data: unknown): Promise<unknown> {
  const value: unknown = await data;
  if (isItems(value)) {
    const items: unknown[] = [];
    for await (const item of value) items.push(await whole(item));
    return items;
  }
  if (Array.isArray(value)) return await Promise.all(value.map(whole));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
    return value;
  }
  const entries = Object.entries(value).map(
    async ([key, each]): Promise<[string, unknown]> => [key, await whole(each)],
  );
  return Object.fromEntries(await Promise.all(entries));
}
