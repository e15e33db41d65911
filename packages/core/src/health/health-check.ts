/** Something whose health is asked, whatever it is, and the answer, whatever becomes of it. */
import { isThenable } from '../lifecycle/is-thenable.js';
import type { HealthOptions, HealthReason } from './health-report.js';

/** What a check answers; a {@link HealthReport} is one. */
export interface HealthAnswer {
  readonly ready: boolean;
  /** @default true */
  readonly alive?: boolean;
  /** @default as `ready` */
  readonly started?: boolean;
  /** A word for it. @default 'ready' or 'unready' */
  readonly state?: string;
  /** Why not, and what to do. */
  readonly reasons?: readonly HealthAnswerReason[];
  /** Anything that can be written as JSON. */
  readonly details?: unknown;
}

/** Why a check is not ready. Checks of your own have codes of their own. */
export type HealthAnswerReason = { readonly code: string; readonly message: string } & Partial<
  Omit<HealthReason, 'code' | 'message'>
>;

/** What can be asked: a handler, a client, or a function that says how something else is. */
export type HealthCheck =
  | { health(options?: HealthOptions): HealthAnswer | PromiseLike<HealthAnswer> }
  | (() => HealthAnswer | PromiseLike<HealthAnswer>);

/** An answer without gaps. */
export type CheckedHealth = Required<Omit<HealthAnswer, 'details'>> & Pick<HealthAnswer, 'details'>;

/** How checks are asked. */
export interface AskingOptions extends HealthOptions {
  readonly timeoutMs: number;
}

/** Asks. Resolves always, in time: what fails, hangs or is no answer is not ready, and not for a restart to cure. */
export async function askCheck(check: HealthCheck, options: AskingOptions): Promise<CheckedHealth> {
  const sinceMs = Date.now();
  const failed = (message: string, cure: string): CheckedHealth => ({
    state: 'unready',
    ready: false,
    alive: true,
    started: false,
    reasons: [{ code: 'CHECK_FAILED', affects: 'readiness', message, cure, sinceMs }],
  });
  try {
    const { timeoutMs, ...wishes } = options;
    const answer = typeof check === 'function' ? check() : check.health(wishes);
    if (!isThenable(answer)) return complete(answer);
    const inTime = await answerWithin(answer, timeoutMs);
    if (inTime !== undefined) return complete(inTime);
    return failed(
      `the check did not answer within ${timeoutMs} ms`,
      'make it answer from what it knows already, or allow for more with checkTimeoutMs',
    );
  } catch (error) {
    return failed(
      `the check failed: ${describe(error)}`,
      'put the check right: it is to answer, not to throw',
    );
  }
}

function complete(answer: HealthAnswer): CheckedHealth {
  const { ready } = answer;
  if (typeof ready !== 'boolean') throw new TypeError('its answer has no boolean `ready`');
  const {
    alive = true,
    started = ready,
    state = ready ? 'ready' : 'unready',
    reasons = [],
    details,
  } = answer;
  return { state, ready, alive, started, reasons, details };
}

function answerWithin(
  answer: PromiseLike<HealthAnswer>,
  timeoutMs: number,
): Promise<HealthAnswer | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), timeoutMs);
    answer.then(resolve, reject).then(
      () => clearTimeout(timer),
      () => clearTimeout(timer),
    );
  });
}

/** Also of what is thrown and is no error. */
export function describe(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'with something that cannot be written';
  }
}
