/**
 * Faults that befall single requests: late, lost, cut off, refused, carried out twice.
 *
 * Owns: the list of faults and which one applies. Must not know: sockets; what a fault does to a request is
 * expressed in terms of the request's own `handle` and `refuse`.
 */
import type { Cluster } from '../cluster/cluster.js';
import { type ErrorName, errorCodes } from '../protocol/error-codes.js';
import { mentions, passesFilter, type RequestMatch, type SeenRequest } from './request-match.js';

/** How often a fault strikes. */
export interface FaultOptions {
  /** Strikes this many times, then removes itself. @default Infinity */
  readonly times?: number;
}

/** When, compared to the broker's own work. */
export interface TimedFaultOptions extends FaultOptions {
  /**
   * `before`: the broker has not done anything yet. `after`: it has, and only the answer is concerned; the
   * classic lost acknowledgement. @default 'before'
   */
  readonly when?: 'before' | 'after';
}

/** A fault that is in force until it is removed or used up. */
export interface Fault extends Disposable {
  /** How many requests it has struck. */
  readonly hits: number;
  /** Resolves when it has struck this many. @default 1 */
  untilHit(count?: number): Promise<void>;
  /** Ends it. Requests that it delays are not hurried. */
  remove(): void;
}

/** Makes faults. Of several that match a request the oldest strikes. */
export interface RequestFaults {
  /** Holds requests (or their answers) back. */
  delay(match: RequestMatch, delayMs: number, options?: TimedFaultOptions): Fault;
  /** Never answers: the connection stays open, the client's own timeout must end it. */
  drop(match: RequestMatch, options?: TimedFaultOptions): Fault;
  /** Closes the connection instead of answering. */
  cut(match: RequestMatch, options?: TimedFaultOptions): Fault;
  /** Answers with a Kafka error, without doing anything. */
  fail(match: RequestMatch, error: ErrorName, options?: FaultOptions): Fault;
  /** Carries requests out twice and answers with the second outcome: a producer's retry after a lost answer. */
  duplicate(match: RequestMatch, options?: FaultOptions): Fault;
  /** Removes all faults. */
  clear(): void;
}

/** The request a fault strikes, as far as faults deal with it. `undefined` is no answer. */
export interface Struck<T> {
  readonly seen: SeenRequest;
  readonly body: unknown;
  handle(): T | undefined | Promise<T | undefined>;
  refuse(errorCode: number): T;
  cut(): void;
}

export interface FaultInjector {
  readonly faults: RequestFaults;
  /** Handles a request, with whatever befalls it. */
  apply<T>(struck: Struck<T>): T | undefined | Promise<T | undefined>;
  /** Ends all delays; nothing that was held back happens any more. */
  close(): void;
}

/** What a fault does. */
type Effect = <T>(struck: Struck<T>) => T | undefined | Promise<T | undefined>;

interface Rule {
  readonly match: RequestMatch;
  readonly effect: Effect;
  left: number;
  hits: number;
  readonly watchers: Set<() => void>;
}

class FaultInjectorImpl implements FaultInjector, RequestFaults {
  readonly #cluster: Cluster;
  readonly #rules = new Set<Rule>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  get faults(): RequestFaults {
    return this;
  }

  apply<T>(struck: Struck<T>): T | undefined | Promise<T | undefined> {
    // Nothing to look for in nearly all requests of nearly all tests.
    if (this.#rules.size === 0) return struck.handle();
    const rule = this.#find(struck);
    if (rule === undefined) return struck.handle();
    rule.hits++;
    rule.left--;
    if (rule.left <= 0) this.#rules.delete(rule);
    for (const watcher of rule.watchers) watcher();
    return rule.effect(struck);
  }

  delay(match: RequestMatch, delayMs: number, options: TimedFaultOptions = {}): Fault {
    if (options.when === 'after') {
      return this.#add(match, options, async (struck) => {
        const answer = await struck.handle();
        await this.#sleep(delayMs);
        return answer;
      });
    }
    return this.#add(match, options, (struck) => this.#sleep(delayMs).then(() => struck.handle()));
  }

  drop(match: RequestMatch, options: TimedFaultOptions = {}): Fault {
    return this.#add(match, options, async (struck) => {
      if (options.when === 'after') await struck.handle();
      return undefined;
    });
  }

  cut(match: RequestMatch, options: TimedFaultOptions = {}): Fault {
    return this.#add(match, options, async (struck) => {
      if (options.when === 'after') await struck.handle();
      struck.cut();
      return undefined;
    });
  }

  fail(match: RequestMatch, error: ErrorName, options: FaultOptions = {}): Fault {
    const code = errorCodes[error];
    if (code === undefined) throw new TypeError(`unknown Kafka error '${error}'`);
    return this.#add(match, options, (struck) => struck.refuse(code));
  }

  duplicate(match: RequestMatch, options: FaultOptions = {}): Fault {
    return this.#add(match, options, async (struck) => {
      await struck.handle();
      return struck.handle();
    });
  }

  clear(): void {
    this.#rules.clear();
  }

  close(): void {
    this.clear();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #find<T>(struck: Struck<T>): Rule | undefined {
    for (const rule of this.#rules) {
      if (!passesFilter(rule.match, struck.seen)) continue;
      if (mentions(rule.match, struck.body, this.#cluster)) return rule;
    }
    return undefined;
  }

  #add(match: RequestMatch, options: FaultOptions, effect: Effect): Fault {
    const rule: Rule = {
      match,
      effect,
      left: options.times ?? Number.POSITIVE_INFINITY,
      hits: 0,
      watchers: new Set(),
    };
    this.#rules.add(rule);
    const remove = (): void => void this.#rules.delete(rule);
    return {
      get hits() {
        return rule.hits;
      },
      untilHit: (count = 1) => untilHit(rule, count),
      remove,
      [Symbol.dispose]: remove,
    };
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, ms);
      this.#timers.add(timer);
    });
  }
}

function untilHit(rule: Rule, count: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (rule.hits < count) return;
      rule.watchers.delete(look);
      resolve();
    };
    rule.watchers.add(look);
    look();
  });
}

export function createFaultInjector(cluster: Cluster): FaultInjector {
  return new FaultInjectorImpl(cluster);
}
