/** Envelopes as JSON would have made them. Codecs make other objects, too, which only their readers have to tell apart: JSON's is on the hot path. */

/** Where the fields stand that the transport reads. What is the user's may be whatever a codec carries. */
const parts = ['params', 'result', 'kafka'] as const;

/**
 * The envelope with `false` where an object is no plain one: a Map has no fields, and what a prototype has nobody has
 * sent. It is refused then as anything is that is no object.
 */
export function withoutOddObjects(envelope: unknown): unknown {
  if (isOdd(envelope)) return false;
  if (typeof envelope !== 'object' || envelope === null) return envelope;
  let plain = envelope as Record<string, unknown>;
  for (const name of parts) {
    const part = plain[name];
    const plainPart = isOdd(part) ? false : name === 'kafka' ? factsWithoutOdd(part) : part;
    if (plainPart !== part) plain = { ...plain, [name]: plainPart };
  }
  return plain;
}

/** All of it is the transport's own. */
function factsWithoutOdd(facts: unknown): unknown {
  if (typeof facts !== 'object' || facts === null || !Object.values(facts).some(isOdd)) return facts;
  return Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, isOdd(fact) ? false : fact]));
}

function isOdd(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // The second look is for objects of another realm, as some test runners and native code make them.
  return prototype !== Object.prototype && prototype !== null && Object.getPrototypeOf(prototype) !== null;
}
