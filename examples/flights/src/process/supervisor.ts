/**
 * Keeps the processes of the demo together: all of them live until the end, or none does.
 * Owns: starting, waiting for readiness, noticing deaths, stopping.
 * Must not know: what the processes do.
 */
import { type Child, type Exit, startChild } from './child.js';
import type { Ready } from './life.js';

/** A process to start. */
export interface ProcessSpec {
  readonly name: string;
  readonly script: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Others need it until they have ended. @default false */
  readonly outlivesOthers?: boolean;
}

/** A process that is ready, and how long that took. */
export interface StartedProcess extends Ready {
  readonly name: string;
  readonly pid: number;
  readonly startedInMs: number;
}

/** A line that one of the processes wrote. */
export interface ChildLine {
  readonly process: string;
  readonly from: 'stdout' | 'stderr';
  readonly text: string;
}

/** Runs processes that depend on each other. */
export interface Supervisor {
  /** Resolves when the process says that it is ready; rejects when any process dies first. */
  start(spec: ProcessSpec): Promise<StartedProcess>;
  /** Runs a process to its end; rejects unless it ends well, and when any other process dies first. */
  run(spec: ProcessSpec, onStart: (pid: number) => void): Promise<void>;
  /** Ends everything from now on, with this reason. */
  fail(reason: string): void;
  /** Stops what still runs; what others need comes last, so that servers can say goodbye to their broker. */
  stopAll(): Promise<void>;
}

export interface SupervisorOptions {
  /** Set for all processes. */
  readonly env: Readonly<Record<string, string>>;
  /** Called for each line that a process writes. */
  readonly onLine: (line: ChildLine) => void;
}

/** A server may have to wait for topics to be made and for other members of its group. */
const readyWithinMs = 60_000;
const graceMs = 5_000;
/** What is left after a death need not be polite. */
const graceAfterFailureMs = 2_000;

/** Creates a supervisor; it watches every process it starts. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const running: { readonly spec: ProcessSpec; readonly child: Child }[] = [];
  const failure = new AbortController();
  const fail = (reason: string): void => failure.abort(new Error(reason));
  const launch = (spec: ProcessSpec, mayEndAlone: boolean): Child => {
    failure.signal.throwIfAborted();
    const child = startChild({
      name: spec.name,
      script: spec.script,
      env: { ...options.env, ...spec.env },
      onLine: (text, from) => options.onLine({ process: spec.name, from, text }),
    });
    running.push({ spec, child });
    void child.exited.then((exit) => {
      if (!exit.expected && !(mayEndAlone && exit.code === 0)) fail(`${spec.name} ${howItEnded(exit)}`);
    });
    return child;
  };
  return {
    fail,
    start: async (spec) => {
      const startedAt = performance.now();
      const child = launch(spec, false);
      const late = setTimeout(
        () => fail(`${spec.name} was not ready within ${readyWithinMs / 1_000} s`),
        readyWithinMs,
      );
      const ready = await Promise.race([child.ready, rejectOn(failure.signal)]).finally(() =>
        clearTimeout(late),
      );
      return { ...ready, name: spec.name, pid: child.pid, startedInMs: performance.now() - startedAt };
    },
    run: async (spec, onStart) => {
      const child = launch(spec, true);
      onStart(child.pid);
      await Promise.race([child.exited, rejectOn(failure.signal)]);
      failure.signal.throwIfAborted();
    },
    stopAll: async () => {
      const patienceMs = failure.signal.aborted ? graceAfterFailureMs : graceMs;
      for (const outlivesOthers of [false, true]) {
        const wave = running.filter(({ spec }) => (spec.outlivesOthers ?? false) === outlivesOthers);
        await Promise.all(wave.map(({ child }) => child.stop(patienceMs)));
      }
    },
  };
}

function howItEnded(exit: Exit): string {
  const how = exit.signal ? `was killed (${exit.signal})` : `ended with exit code ${exit.code}`;
  return `${how} before the demo was over`;
}

function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
