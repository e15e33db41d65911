/**
 * Asks all server instances of one service: a copy of the question to every control partition.
 * Owns: who waits under which id, until when; what cannot be asked; cancels. Must not know: what is asked, what an answer is.
 */
import { KafkaTransportError } from '@trpc-kafka/core';
import type { CallId, Counters, RecordBatcher, ReplyMessage } from '@trpc-kafka/core/internal';
import { clientClosed, notConnectedInTime, tooManyPending } from '../calls/call-errors.js';
import type { ClientConnection, ConnectionWaiter } from '../client/client-connection.js';
import type { UseWatch } from '../client/use-watch.js';
import type { KafkaClientCounter } from '../options.js';
import type { ReplyInbox } from '../replies/reply-inbox.js';
import type { ControlSender } from '../requests/control-sender.js';
import type { GatherPart } from './gathering.js';
import { type AnswerSource, PendingGather } from './pending-gather.js';
import { QuestionCopy, type QuestionFollower, type QuestionRecord } from './question-copy.js';

/** A question to a service. */
export interface Question {
  /** What it is, for errors. */
  readonly what: string;
  readonly timeoutMs: number;
  /** Whether instances that have not answered are to be told when nobody waits any more. */
  readonly cancels: boolean;
  /** Makes its record, once that can be sent. A promise only where an interceptor is asynchronous. */
  write(times: QuestionTimes): QuestionRecord | Promise<QuestionRecord>;
}

/** What a question says of itself. */
export interface QuestionTimes {
  readonly id: CallId;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
}

/** Who asked. */
export interface QuestionListener {
  /** False when it is no answer to what was asked. */
  answer(message: ReplyMessage, from: AnswerSource, times: QuestionTimes): boolean;
  unreadable(error: Error, from: AnswerSource): void;
  /** The brokers have the question: every copy, or those of it that did not fail. */
  written?(): void;
  /** Not all instances could be asked; others may answer. */
  failed(error: Error): void;
  /** The time is over, or nobody could be asked: then with the error. Nothing follows. */
  ended(error?: Error): void;
}

/** Asks a service. */
export interface ServiceAsker {
  /** Errors reach the listener, also those found at once; then there is nothing to leave. */
  ask(question: Question, listener: QuestionListener): GatherPart | undefined;
  /** Takes no more questions, fails those not yet sent, resolves when the others have ended. */
  drain(): Promise<void>;
  /** Ends those that are still under way. */
  giveUp(): void;
}

/** What an asker works with. */
export interface ServiceAskerOptions {
  readonly controlTopic: string;
  readonly replies: ReplyInbox;
  readonly connection: ClientConnection;
  /** Told when questions are under way and when none is. */
  readonly use: UseWatch;
  readonly counters: Counters<KafkaClientCounter>;
  readonly batcher: RecordBatcher;
  /** The partitions of the control topic, asked for anew when they may have changed. */
  readonly countPartitions: () => Promise<number | undefined>;
  readonly control: ControlSender;
  readonly maxPendingCalls: number;
}

/** Makes an asker. */
export function createServiceAsker(options: ServiceAskerOptions): ServiceAsker {
  const { use, counters, maxPendingCalls } = options;
  const asked = new Set<AskedQuestion>();
  const idleWaiters: (() => void)[] = [];
  let draining = false;

  function onSettled(question: AskedQuestion): void {
    if (!asked.delete(question) || asked.size > 0) return;
    use.end();
    for (const wake of idleWaiters.splice(0)) wake();
  }

  function refusal({ what }: Question): Error | undefined {
    if (draining) return clientClosed(what);
    return asked.size >= maxPendingCalls ? tooManyPending(maxPendingCalls) : undefined;
  }

  return {
    ask(question, listener) {
      const refused = refusal(question);
      if (refused !== undefined) {
        listener.ended(refused);
        return undefined;
      }
      // Before anything is asked of `replies`: a client that was idle takes them anew.
      if (asked.size === 0) use.begin();
      counters.add('gathers');
      const one = new AskedQuestion(options, { question, listener, onSettled });
      asked.add(one);
      void one.send();
      return { leave: () => one.leave() };
    },
    async drain() {
      draining = true;
      for (const one of asked) one.failUnsent(clientClosed(`${one.what} was not sent`));
      if (asked.size > 0) await new Promise<void>((resolve) => idleWaiters.push(resolve));
    },
    giveUp() {
      for (const one of asked) one.giveUp(clientClosed(one.what));
    },
  };
}

interface AskedBy {
  readonly question: Question;
  readonly listener: QuestionListener;
  readonly onSettled: (question: AskedQuestion) => void;
}

/** A question on its way, and the wait for its answers. */
class AskedQuestion implements QuestionFollower {
  private readonly row: PendingGather;
  private waiter: ConnectionWaiter | undefined = undefined;
  private copies = 0;
  private deliveredCopies = 0;
  private failedCopies = 0;
  private mayBeKnown = false;
  private readonly parts: ServiceAskerOptions;
  private readonly by: AskedBy;

  constructor(parts: ServiceAskerOptions, by: AskedBy) {
    this.parts = parts;
    this.by = by;
    const { timeoutMs } = by.question;
    const times = {
      id: parts.replies.calls.nextId(),
      timeoutMs,
      deadlineMs: Date.now() + timeoutMs,
    };
    this.row = new PendingGather({
      ...times,
      controlTopic: parts.controlTopic,
      listener: {
        answer: (message, from) => by.listener.answer(message, from, times),
        unreadable: (error, from) => by.listener.unreadable(error, from),
        expired: () => this.end(this.unaskedError()),
      },
    });
    parts.replies.calls.add(this.row);
  }

  get what(): string {
    return this.by.question.what;
  }

  async send(): Promise<void> {
    const { connection, countPartitions, batcher, controlTopic: topic } = this.parts;
    try {
      if (!connection.isOpen()) await this.untilOpen();
      if (this.row.settled) return;
      const { id, deadlineMs } = this.row;
      const timeoutMs = Math.max(1, deadlineMs - Date.now());
      const record = await this.by.question.write({ id, timeoutMs, deadlineMs });
      this.copies = (await countPartitions()) ?? 0;
      if (this.copies < 1) throw noPartitions(topic);
      for (let partition = 0; partition < this.copies; partition++)
        batcher.add(new QuestionCopy(record, { topic, partition }, this));
    } catch (error) {
      this.end(error as Error);
    }
  }

  giveUp(error: Error): void {
    if (this.row.settled) return;
    this.leave();
    this.by.listener.ended(error);
  }

  leave(): void {
    if (!this.settle() || !this.mayBeKnown || !this.by.question.cancels) return;
    this.parts.counters.add('cancels');
    this.parts.control.send({ kind: 'cancel', id: this.row.id }, undefined);
  }

  failUnsent(error: Error): void {
    if (!this.mayBeKnown) this.end(error);
  }

  isWanted(): boolean {
    return !this.row.settled;
  }

  handedOver(): void {
    this.mayBeKnown = true;
  }

  delivered(): void {
    this.deliveredCopies++;
    this.tellWritten();
  }

  failed(error: Error): void {
    if (++this.failedCopies === this.copies) {
      this.end(error);
      return;
    }
    // The copies mostly fail together, for one reason.
    if (this.failedCopies === 1 && !this.row.settled) this.by.listener.failed(error);
    this.tellWritten();
  }

  private tellWritten(): void {
    if (this.row.settled || this.deliveredCopies + this.failedCopies < this.copies) return;
    this.by.listener.written?.();
  }

  /** Resolves also when the question is settled meanwhile. */
  private untilOpen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiter = { opened: resolve, failed: reject };
      this.parts.connection.whenOpen(this.waiter);
    });
  }

  /** Nobody answered is an answer; nobody could be asked is none. */
  private unaskedError(): Error | undefined {
    if (this.deliveredCopies > 0 || this.row.answers > 0) return undefined;
    const { timeoutMs } = this.row;
    const { connection, controlTopic } = this.parts;
    if (!this.mayBeKnown) return notConnectedInTime(this.what, timeoutMs, connection.lastError());
    return new KafkaTransportError({
      code: 'TIMEOUT',
      retryable: true,
      cause: connection.lastError(),
      message: `${this.what} was written to ${controlTopic}, but the brokers have not confirmed it within ${timeoutMs} ms. Look at the brokers, they do not take records`,
    });
  }

  private end(error: Error | undefined): void {
    if (this.settle()) this.by.listener.ended(error);
  }

  private settle(): boolean {
    if (this.row.settled) return false;
    this.parts.replies.calls.remove(this.row);
    // Brokers may be away for days: what nobody waits for must leave nothing behind.
    if (this.waiter !== undefined) {
      this.parts.connection.forget(this.waiter);
      this.waiter.opened();
    }
    this.by.onSettled(this);
    return true;
  }
}

function noPartitions(topic: string): KafkaTransportError {
  return new KafkaTransportError({
    code: 'TOPIC_MISSING',
    retryable: true,
    message: `topic ${topic} has no partitions that this client knows of; was it deleted?`,
  });
}
