/** Collects what a stage writes. */
export function collectOutput(): { readonly write: (text: string) => void; readonly text: () => string } {
  const parts: string[] = [];
  return { write: (text) => void parts.push(text), text: () => parts.join('') };
}
