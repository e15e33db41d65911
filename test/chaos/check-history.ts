/** Looks for what must not be in a history, as docs/delivery-semantics.md has it. */
import type { CallKind, ChaosHistory, RecordedCall } from './history.ts';

/** How long after its deadline a call may settle. */
const graceMs = 1000;

/** What a caller may get, beside the result. */
const allowed: Readonly<Record<CallKind, readonly string[]>> = {
  query: ['TIMEOUT', 'SERVICE_UNAVAILABLE'],
  mutation: ['TIMEOUT', 'SERVICE_UNAVAILABLE', 'MAYBE_EXECUTED'],
  'keyed mutation': ['TIMEOUT', 'SERVICE_UNAVAILABLE'],
  'one-way': [],
  'aborted query': ['ABORTED', 'TIMEOUT', 'SERVICE_UNAVAILABLE'],
};

/** What is wrong with a history, in sentences; empty when nothing is. */
export function checkHistory(history: ChaosHistory): string[] {
  const { calls, runs, brokenStreams, crashes } = history;
  const violations: string[] = [
    ...brokenStreams.map((wrong) => `stream ${wrong}`),
    ...crashes.map((name) => `${name} ended by itself`),
  ];
  for (const [name, call] of calls) {
    for (const wrong of checkCall(name, call, runs.get(name) ?? 0))
      violations.push(`${call.kind} ${name}: ${wrong}`);
  }
  return violations;
}

function* checkCall(name: string, { kind, outcomes }: RecordedCall, runs: number): Generator<string> {
  const [first] = outcomes;
  if (first === undefined) {
    yield 'has no outcome';
    return;
  }
  if (outcomes.length > 1) yield `has ${outcomes.length} outcomes`;
  const { outcome, value, lateMs } = first;
  if (kind !== 'one-way' && lateMs > graceMs) yield `settled ${Math.round(lateMs)} ms after its deadline`;
  if (outcome === 'ok') {
    if (value !== name) yield `got the answer ${JSON.stringify(value)}`;
    if (runs === 0)
      yield kind === 'one-way' ? 'was acknowledged and never run' : 'was answered and never run';
  } else if (!allowed[kind].includes(outcome)) yield `got ${outcome}`;
  if (kind === 'mutation' && runs > 1) yield `was run ${runs} times`;
}

/** How many calls of each kind had which outcome. */
export function countOutcomes({ calls }: ChaosHistory): Record<string, Record<string, number>> {
  const counts: Record<string, Record<string, number>> = {};
  for (const { kind, outcomes } of calls.values()) {
    const outcome = outcomes[0]?.outcome ?? 'none';
    const { [outcome]: times = 0, ...others } = counts[kind] ?? {};
    counts[kind] = { ...others, [outcome]: times + 1 };
  }
  return counts;
}
