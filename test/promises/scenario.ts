/** One line of the table of promises: a failure, and what is promised of each kind of call in it. */
import type { History, Kind } from './history.ts';
import type { PromiseWorld } from './promise-world.ts';

/** What is done to the brokers of a scenario. */
export interface BrokerFaults {
  /** One of three nodes dies, and with it the leaders it has; others take over after a while. */
  killLeader(): Promise<void>;
  /** All nodes go away, and come back with what they had. */
  takeAway(): Promise<void>;
  bringBack(): Promise<void>;
}

export interface Scenario {
  /** The first column, word for word. */
  readonly failure: string;
  /** Makes it happen, and ends when everything that has to come has come. */
  run(world: PromiseWorld, faults: BrokerFaults): Promise<void>;
  /** Only where brokers can be taken down without taking them from others. */
  readonly needsFaults?: boolean;
  readonly promises: Readonly<Record<Kind, KindPromise>>;
}

export interface KindPromise {
  /** The cell of the table, word for word. */
  readonly says: string;
  /** What must have been. */
  readonly is: Partial<Record<keyof History, unknown>>;
}
