/**
 * The coordinator of a group as its member sees it: a broker that is always there.
 * Owns: patience while the coordinator is away or moves, the member's id, for how long it is known to be a member.
 * Must not know: partitions, positions, what is done about a verdict.
 *
 * kafkajs fails with each heartbeat to a coordinator that went, until its retries are used up; then a new member joins,
 * and the group waits for the session of the old one to expire. Here a heartbeat that cannot be delivered is repeated,
 * wherever the coordinator comes up: brokers keep their groups over a restart and a fail-over, and give each member its
 * whole session anew, so that it goes on as if nothing had been (as Java's AbstractCoordinator does).
 */
import type { CoordinatorRequests, RawHeartbeatRequest, RawJoinGroupResponse } from './broker-requests.js';
import { originalError, toTransportError } from './client-errors.js';
import { type BrokerAccess, createCoordinatorFinder } from './coordinator-finder.js';
import { sleep } from './sleep.js';

/** What a coordinator needs, and whom it tells. */
export interface GroupCoordinatorOptions {
  readonly groupId: string;
  readonly brokers: BrokerAccess;
  /** The member that an earlier consumer was: this one asks to go on as the same. */
  readonly rejoinAs?: string | undefined;
  readonly isClosed: () => boolean;
  /** Told when a heartbeat could not be delivered, once until one is. */
  readonly onInterrupted: (error: unknown) => void;
  /** Told when a heartbeat was answered: the member is one, in this generation. */
  readonly onConfirmed: (generation: number) => void;
}

/** A coordinator; it is called in place of a broker. */
export interface GroupCoordinator extends CoordinatorRequests {
  /** The id by which the group knows the member, as soon as it was given one. */
  readonly memberId: string | undefined;
  /** When the last request was sent that renewed the session; 0 before the first. In ms of `Date.now()`. */
  readonly confirmedMs: number;
  /** When the client last asked for anything, which shows that it has not fallen silent. In ms of `Date.now()`. */
  readonly askedMs: number;
  readonly isJoining: boolean;
  /** Sends a heartbeat without waiting for the client to do so. */
  confirmSoon(): void;
  /** Takes the answer to a join, also one that the client deals with by itself. */
  observeJoin(joined: RawJoinGroupResponse): void;
}

/** A heartbeat on its way. */
interface Beat {
  readonly answered: Promise<void>;
  /** Resolves when the first attempt failed. */
  readonly late: Promise<void>;
}

const pauseMs = 100;
/** How long a join is repeated before the client hears of a coordinator that cannot be asked. */
const joinPatienceMs = 10_000;
/** KIP-394: a member is given its id before it may join. Should the second request be lost, the id is held all the same. */
const memberIdRequired = 79;

/** Makes the coordinator of a group for one consumer. */
export function createGroupCoordinator(options: GroupCoordinatorOptions): GroupCoordinator {
  const { groupId } = options;
  const ask = createCoordinatorFinder(options.brokers, groupId);
  let memberId = options.rejoinAs;
  let confirmedMs = 0;
  let askedMs = Date.now();
  let joins = 0;
  /** As whom heartbeats are sent; nobody while a join is under way, which renews the session by itself. */
  let member: RawHeartbeatRequest | undefined;
  let beat: Beat | undefined;
  let waiting = 0;
  let left = false;
  /** What the coordinator answered while nobody waited for it. */
  let verdict: Error | undefined;

  function confirm(sentMs: number, generation: number): void {
    confirmedMs = sentMs;
    options.onConfirmed(generation);
  }

  function passes(error: unknown): boolean {
    return !options.isClosed() && toTransportError(error, { doing: `group ${groupId}` }).retryable;
  }

  async function join<T>(request: () => Promise<T>): Promise<T> {
    const untilMs = Date.now() + joinPatienceMs;
    askedMs = Date.now();
    joins++;
    member = undefined;
    verdict = undefined;
    try {
      for (;;) {
        try {
          return await request();
        } catch (error) {
          if (typeOf(error) === 'UNKNOWN_MEMBER_ID') memberId = undefined;
          if (!passes(error) || Date.now() >= untilMs) throw error;
          await sleep(pauseMs);
        }
      }
    } finally {
      joins--;
    }
  }

  /** Repeats a heartbeat until it is answered, by then perhaps as the member of a later generation. */
  async function deliver(onLate: () => void): Promise<void> {
    while (member !== undefined) {
      const sent = member;
      const sentMs = Date.now();
      try {
        await ask((broker) => broker.heartbeat(sent));
        confirm(sentMs, sent.groupGenerationId);
        return;
      } catch (error) {
        if (passes(error)) {
          options.onInterrupted(error);
          onLate();
          await sleep(pauseMs);
        } else if (options.isClosed() || isSameMember(sent, member)) {
          if (typeOf(error) === 'UNKNOWN_MEMBER_ID') memberId = undefined;
          throw error;
        }
      }
    }
  }

  function startBeat(): Beat {
    let onLate = (): void => undefined;
    const late = new Promise<void>((resolve) => {
      onLate = resolve;
    });
    const answered = deliver(onLate).finally(() => {
      beat = undefined;
    });
    answered.catch((error: Error) => {
      if (waiting === 0) verdict = error;
    });
    return { answered, late };
  }

  return {
    get memberId() {
      return memberId;
    },
    get confirmedMs() {
      return confirmedMs;
    },
    get askedMs() {
      return askedMs;
    },
    get isJoining() {
      return joins > 0;
    },
    confirmSoon() {
      if (member !== undefined) beat ??= startBeat();
    },
    observeJoin(joined) {
      if (joined.errorCode === 0 || joined.errorCode === memberIdRequired) memberId = joined.memberId;
    },
    joinGroup: (request) =>
      join(() =>
        ask((broker) => broker.joinGroup({ ...request, memberId: request.memberId || memberId || '' })),
      ),
    syncGroup: (request) =>
      join(async () => {
        const sentMs = Date.now();
        const answer = await ask((broker) => broker.syncGroup(request));
        member = { groupId, memberId: request.memberId, groupGenerationId: request.generationId };
        confirm(sentMs, request.generationId);
        return answer;
      }),
    /** Waits for the first attempt only: the client fetches on meanwhile, and hears of the answer at its next heartbeat. */
    async heartbeat(request) {
      askedMs = Date.now();
      // A fetch that ends after the consumer was stopped has kafkajs send one more.
      if (left) return;
      const told = verdict;
      verdict = undefined;
      if (told !== undefined) throw told;
      member = request;
      beat ??= startBeat();
      waiting++;
      try {
        await Promise.race([beat.answered, beat.late]);
      } finally {
        waiting--;
      }
    },
    async leaveGroup(request) {
      left = true;
      member = undefined;
      return ask((broker) => broker.leaveGroup(request));
    },
    offsetFetch: (request) => ask((broker) => broker.offsetFetch(request)),
    offsetCommit: (request) => ask((broker) => broker.offsetCommit(request)),
  };
}

function typeOf(error: unknown): string | undefined {
  return originalError(error).type;
}

function isSameMember(a: RawHeartbeatRequest, b: RawHeartbeatRequest | undefined): boolean {
  return a.memberId === b?.memberId && a.groupGenerationId === b.groupGenerationId;
}
