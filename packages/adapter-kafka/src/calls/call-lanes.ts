/**
 * Lanes: calls of which only some may run at a time, because their procedure says so, or since they have one key.
 * Owns: who waits for whom. Must not know: how many calls run in all, deadlines, what running is.
 */
import type { KafkaProcedureOptions } from '@trpc-kafka/core';
import { type CallQueue, createCallQueue } from './call-queue.js';
import type { LaneTicket } from './lane-ticket.js';
import type { ServedCall } from './served-call.js';

/** The lanes of a dispatcher. A call without one costs a look at its procedure's options. */
export interface CallLanes {
  /** A call has come. Answers the queue in which it waits for another with its key, `undefined` when there is none. */
  enter(call: ServedCall): CallQueue<ServedCall> | undefined;
  /** A call is to run. Answers the queue in which it waits for others of its procedure, `undefined` when it may begin: then it counts as running. */
  begin(call: ServedCall): CallQueue<ServedCall> | undefined;
  /** A call is out of the way: done, a stream, or not to be run. Answers who may go on. May be told twice. */
  leave(call: ServedCall): readonly ServedCall[];
}

/** What a procedure says of the lanes of its calls. */
export type LaneRules = Pick<KafkaProcedureOptions, 'maxConcurrent' | 'ordered'>;

interface ProcedureLane {
  readonly limit: number;
  running: number;
  readonly waiting: CallQueue<ServedCall>;
}

const nobody: readonly ServedCall[] = [];

/** Makes lanes. `order` is that of calls which wait for others of their procedure; those of one key keep theirs. */
export function createCallLanes(
  rulesOf: (path: string) => LaneRules,
  order: 'adaptive' | 'arrival',
): CallLanes {
  /** As many as there are procedures with a limit. */
  const procedures = new Map<string, ProcedureLane>();
  /** Who waits behind the first of each key: as many as there are calls. */
  const keys = new Map<string, CallQueue<ServedCall>>();

  function openLane(path: string, limit: number): void {
    if (!procedures.has(path)) procedures.set(path, { limit, running: 0, waiting: createCallQueue(order) });
  }

  function procedureLane(ticket: LaneTicket | undefined): ProcedureLane | undefined {
    return ticket?.procedure === undefined ? undefined : procedures.get(ticket.procedure);
  }

  function ticketOf({ message, req }: ServedCall): LaneTicket | undefined {
    const { maxConcurrent, ordered } = rulesOf(message.path);
    const isKeyed = ordered === true && req.key !== null;
    if (!isKeyed && maxConcurrent === undefined) return undefined;
    if (maxConcurrent !== undefined) openLane(message.path, maxConcurrent);
    return {
      // Records of one key are in one partition; what has it in another was written before partitions were added.
      key: isKeyed ? `${req.partition}:${req.key}` : undefined,
      isFirstOfKey: false,
      procedure: maxConcurrent === undefined ? undefined : message.path,
      isRunning: false,
    };
  }

  function nextOfKey(ticket: LaneTicket): ServedCall | undefined {
    const { key } = ticket;
    if (key === undefined || !ticket.isFirstOfKey) return undefined;
    ticket.isFirstOfKey = false;
    const next = keys.get(key)?.take();
    if (next === undefined) keys.delete(key);
    else if (next.lanes !== undefined) next.lanes.isFirstOfKey = true;
    return next;
  }

  function nextOfProcedure(ticket: LaneTicket): ServedCall | undefined {
    const procedure = procedureLane(ticket);
    if (procedure === undefined || !ticket.isRunning) return undefined;
    ticket.isRunning = false;
    procedure.running--;
    return procedure.waiting.take();
  }

  return {
    enter(call) {
      const ticket = ticketOf(call);
      call.lanes = ticket;
      if (ticket?.key === undefined) return undefined;
      const waiting = keys.get(ticket.key);
      if (waiting !== undefined) return waiting;
      keys.set(ticket.key, createCallQueue('arrival'));
      ticket.isFirstOfKey = true;
      return undefined;
    },
    begin({ lanes }) {
      const procedure = procedureLane(lanes);
      if (lanes === undefined || procedure === undefined) return undefined;
      if (procedure.running >= procedure.limit) return procedure.waiting;
      procedure.running++;
      lanes.isRunning = true;
      return undefined;
    },
    leave({ lanes }) {
      if (lanes === undefined) return nobody;
      return [nextOfProcedure(lanes), nextOfKey(lanes)].filter((next) => next !== undefined);
    },
  };
}
