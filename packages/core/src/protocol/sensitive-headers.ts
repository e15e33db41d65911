/** Headers that carry credentials: what is kept for people, or shown to them, leaves them out. Pure. */

/** Where no other list is given. */
export const defaultSensitiveHeaders: readonly string[] = [
  'authorization',
  'cookie',
  'proxy-authorization',
  'set-cookie',
];

/** Makes a test for names of headers, in any case of letters. */
export function createHeaderTest(names: readonly string[]): (name: string) => boolean {
  const known = new Set(names.map((name) => name.toLowerCase()));
  return (name) => known.has(name.toLowerCase());
}
