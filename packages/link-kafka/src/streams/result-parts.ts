/** The promises and iterables of a streamed result as its caller gets them: each tells when somebody waits for it, and when it is done with. */
/* oxlint-disable unicorn/no-thenable -- a promise has a then */

import { isThenable } from '@trpc-kafka/core/internal';

/** Whom the parts of a result tell what happens to them. */
export interface PartsOwner {
  /** Somebody begins to wait for a part; returns what tells that the wait is over. */
  want(): () => void;
  /** The error a part ends with, made of what its source ended with. */
  errorOf(cause: unknown): Error;
  /** No part is left that could be read. `left`: one of them was left before its end. */
  done(left: boolean): void;
  /** What was not read cannot be reached by anybody any more. */
  forgotten(): void;
}

/** The parts of one result. */
export interface ResultParts {
  /** Puts the caller's parts in the place of those of tRPC's jsonl consumer: of the result itself, or of its fields. */
  wrapHead(result: unknown): unknown;
}

/** Makes the parts of a result. They end together: as long as one of them can be read, none of them is forgotten. */
export function createResultParts(owner: PartsOwner): ResultParts {
  return new Parts(owner);
}

/**
 * Who keeps a result and does not read it holds a generator on the server; who drops it must not, as with the body of a fetch
 * (undici cancels that in the same way). Parts refer to their `Parts`, which nothing of the transport refers to between two reads.
 */
const forgotten = new FinalizationRegistry<PartsOwner>((owner) => owner.forgotten());

class Parts implements ResultParts {
  private open = 0;
  private left = false;
  readonly owner: PartsOwner;

  constructor(owner: PartsOwner) {
    this.owner = owner;
    forgotten.register(this, owner, owner);
  }

  wrapHead(result: unknown): unknown {
    // Open while it is looked at: there may be no part at all.
    this.opened();
    const wrapped = this.wrap(result);
    this.closed(false);
    return wrapped;
  }

  wrap(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (isPart(value)) return this.wrapPart(value);
    // tRPC's producer looks into no array either, and bytes have a field for each of them.
    if (Array.isArray(value) || ArrayBuffer.isView(value)) return value;
    // The consumer has made the object and put its parts there.
    const fields = value as Record<string, unknown>;
    for (const name of Object.keys(fields)) {
      const field = fields[name];
      if (isPart(field)) fields[name] = this.wrapPart(field);
    }
    return value;
  }

  opened(): void {
    this.open++;
  }

  closed(left: boolean): void {
    this.left ||= left;
    this.open--;
    if (this.open > 0) return;
    forgotten.unregister(this.owner);
    this.owner.done(this.left);
  }

  private wrapPart(part: Part): unknown {
    return isThenable(part) ? createPartPromise(this, part) : new PartIterator(this, part);
  }
}

type Part = Promise<unknown> | AsyncGenerator<unknown>;

/** What tRPC's consumer makes of a part: promises and generators, perhaps of another realm than ours. */
function isPart(value: unknown): value is Part {
  return typeof value === 'object' && value !== null && (isThenable(value) || Symbol.asyncIterator in value);
}

const nothing = (): void => {};

/** A promise that begins to wait for its part when it is awaited itself. Whatever awaits it calls `then`, since its constructor is not `Promise`. */
class PartPromise extends Promise<unknown> {
  begin: () => void = nothing;

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // biome-ignore lint/suspicious/noThenProperty: a promise has one
  override then<TOk = unknown, TFailed = never>(
    onOk?: ((value: unknown) => TOk | PromiseLike<TOk>) | null,
    onFailed?: ((reason: unknown) => TFailed | PromiseLike<TFailed>) | null,
  ): Promise<TOk | TFailed> {
    const { begin } = this;
    this.begin = nothing;
    begin();
    return super.then(onOk, onFailed);
  }
}

function createPartPromise(parts: Parts, source: Promise<unknown>): Promise<unknown> {
  parts.opened();
  // Nobody may ever read it.
  source.catch(nothing);
  let settle!: { resolve: (value: unknown) => void; reject: (error: Error) => void };
  const promise = new PartPromise((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Not before it is awaited: what waits for the source is held by the transport, and would hold the parts with it.
  promise.begin = () => {
    const wantNoMore = parts.owner.want();
    const closed = (): void => {
      wantNoMore();
      parts.closed(false);
    };
    source.then(
      (value) => {
        settle.resolve(parts.wrap(value));
        closed();
      },
      (cause: unknown) => {
        settle.reject(parts.owner.errorOf(cause));
        closed();
      },
    );
  };
  return promise;
}

const ended = { done: true, value: undefined } as const;

/** An iterable, as the generator that tRPC's HTTP link gives; one that may be left while it waits, or before it was begun. */
class PartIterator implements AsyncIterableIterator<unknown> {
  private isOver = false;
  private isBegun = false;
  private readonly parts: Parts;
  private readonly source: AsyncGenerator<unknown>;

  constructor(parts: Parts, source: AsyncGenerator<unknown>) {
    this.parts = parts;
    this.source = source;
    parts.opened();
  }

  async next(): Promise<IteratorResult<unknown>> {
    if (this.isOver) return ended;
    this.isBegun = true;
    const wantNoMore = this.parts.owner.want();
    try {
      const { done, value } = await this.source.next();
      if (this.isOver) return ended;
      const item = { done: done === true, value: this.parts.wrap(value) };
      if (item.done) this.close(false);
      return item;
    } catch (cause) {
      if (this.isOver) return ended;
      this.close(false);
      throw this.parts.owner.errorOf(cause);
    } finally {
      wantNoMore();
    }
  }

  async return(value?: unknown): Promise<IteratorResult<unknown>> {
    if (!this.isOver) {
      this.close(true);
      // tRPC's generator lets go of its lines only where it has begun to read them.
      if (!this.isBegun) this.source.next().catch(nothing);
      this.source.return(undefined).catch(nothing);
    }
    return { done: true, value: await value };
  }

  async throw(error: unknown): Promise<IteratorResult<unknown>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  private close(left: boolean): void {
    this.isOver = true;
    this.parts.closed(left);
  }
}
