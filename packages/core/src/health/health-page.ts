/** What a probe is answered: a status for the machine, and for people what each check said. Pure. */
import type { CheckedHealth } from './health-check.js';

/** The questions that probes ask. */
export type ProbeQuestion = 'alive' | 'ready' | 'started';

/** An answer over HTTP. */
export interface HttpPage {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers a probe: 200 when every check says yes, else 503. */
export function probePage(
  question: ProbeQuestion,
  checks: ReadonlyMap<string, CheckedHealth>,
  draining: boolean,
): HttpPage {
  const unready = draining && question === 'ready';
  const ok = !unready && [...checks.values()].every((health) => health[question]);
  const body = {
    [question]: ok,
    ...(draining ? { draining: 'this process is about to end: it was told so' } : {}),
    checks: Object.fromEntries(
      [...checks].map(([name, health]) => [name, { ok: health[question], ...health }]),
    ),
  };
  return jsonPage(ok ? 200 : 503, body);
}

/** A page of JSON, indented for people who ask with curl. Details that cannot be written are left out. */
export function jsonPage(status: number, content: object, headers?: HttpPage['headers']): HttpPage {
  const body = `${stringify(content)}\n`;
  return { status, contentType: 'application/json; charset=utf-8', body, ...(headers && { headers }) };
}

function stringify(content: object): string {
  try {
    return JSON.stringify(content, replaceTimes, 2);
  } catch (error) {
    const withoutDetails = (key: string, value: unknown): unknown =>
      key === 'details' ? `cannot be written: ${(error as Error).message}` : replaceTimes(key, value);
    return JSON.stringify(content, withoutDetails, 2);
  }
}

/** Times as people and log searches read them. */
function replaceTimes(key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (key !== 'sinceMs' || typeof value !== 'number' || Number.isNaN(new Date(value).getTime())) return value;
  return new Date(value).toISOString();
}
