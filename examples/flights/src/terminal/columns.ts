const segmenter = new Intl.Segmenter();

/** Text cut or filled to exactly `width` characters, so that columns stand below each other. */
export function column(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const letters = Array.from(segmenter.segment(text), ({ segment }) => segment);
  if (letters.length > width) return `${letters.slice(0, width - 1).join('')}…`;
  const blanks = ' '.repeat(width - letters.length);
  return align === 'left' ? text + blanks : blanks + text;
}

/** A bar of at most `width` blocks, at least one. */
export function bar(share: number, width: number): string {
  return '━'.repeat(Math.max(1, Math.round(Math.min(1, share) * width)));
}

/** Milliseconds as a person reads them: two digits that matter. */
export function milliseconds(ms: number): string {
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(2)} s`;
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}

/** Whole numbers in groups of three: 10 260. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en').replaceAll(',', ' ');
}

/** Hours and minutes between two moments: 14 h 05. */
export function duration(from: Date, to: Date): string {
  const minutes = Math.round((to.getTime() - from.getTime()) / 60_000);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')}`;
}

/** Day and time in UTC: 2026-12-24 18:05. */
export function moment(date: Date): string {
  return date.toISOString().slice(0, 16).replace('T', ' ');
}
