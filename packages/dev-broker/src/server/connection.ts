/**
 * One client connection: frames in, answers out, strictly in order and one at a time, as Kafka does it.
 *
 * Owns: the queue of a connection and its backpressure. Must not know: APIs, faults; what happens to a
 * request is decided by the `serve` function it is given.
 */
import type { Socket } from 'node:net';
import { WireError } from '../wire/wire-error.js';
import { createFrameSplitter } from './frame-splitter.js';

/** What becomes of a request: chunks to send, or undefined for no answer. */
export type Answer = Buffer[] | undefined | Promise<Buffer[] | undefined>;

/** Handles one frame. Throwing a WireError closes the connection. */
export type Serve = (frame: Buffer, connection: Connection) => Answer;

export interface ConnectionOptions {
  readonly socket: Socket;
  readonly maxFrameBytes: number;
  readonly serve: Serve;
  /** Told of errors that are bugs of this broker; the connection closes after it. */
  readonly onBug: (error: unknown) => void;
}

export interface Connection {
  readonly remoteHost: string;
  /** As the latest request gave it. */
  clientId: string;
  /** While held, nothing is handled and nothing is sent. */
  hold(held: boolean): void;
  destroy(): void;
  /** Calls back once when the connection is closed; returns the remover. */
  onClose(listener: () => void): () => void;
}

/** With this many frames waiting the socket is not read any further: TCP pushes back, as with Kafka's muted channels. */
const MAX_WAITING_FRAMES = 64;

class ConnectionImpl implements Connection {
  readonly remoteHost: string;
  clientId = '';
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #waiting: Buffer[] = [];
  readonly #closeListeners = new Set<() => void>();
  #isBusy = false;
  #isHeld = false;
  #heldAnswer: Buffer[] | undefined;

  constructor(options: ConnectionOptions) {
    const { socket } = options;
    this.#options = options;
    this.#socket = socket;
    this.remoteHost = socket.remoteAddress ?? '';
    const splitter = createFrameSplitter(options.maxFrameBytes);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      try {
        this.#waiting.push(...splitter.push(chunk));
        this.#pump();
      } catch (error) {
        this.#fail(error);
      }
    });
    // Resets and refused writes of a client that is gone: 'close' follows and is all that matters.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#waiting.length = 0;
      for (const listener of this.#closeListeners) listener();
      this.#closeListeners.clear();
    });
  }

  hold(held: boolean): void {
    this.#isHeld = held;
    if (held) return;
    const answer = this.#heldAnswer;
    this.#heldAnswer = undefined;
    if (answer) this.#finish(answer);
    else this.#pump();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  onClose(listener: () => void): () => void {
    if (this.#socket.destroyed) listener();
    else this.#closeListeners.add(listener);
    return () => this.#closeListeners.delete(listener);
  }

  #pump(): void {
    while (!this.#isBusy && !this.#isHeld && !this.#socket.destroyed) {
      const frame = this.#waiting.shift();
      if (frame === undefined) break;
      this.#serve(frame);
    }
    if (this.#waiting.length > MAX_WAITING_FRAMES) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  #serve(frame: Buffer): void {
    let answer: Answer;
    try {
      answer = this.#options.serve(frame, this);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (answer instanceof Promise) {
      this.#isBusy = true;
      answer.then(
        (late) => this.#finish(late),
        (error: unknown) => this.#fail(error),
      );
    } else {
      this.#send(answer);
    }
  }

  /** A late answer: one that comes while the connection is held goes out when it is released. */
  #finish(answer: Buffer[] | undefined): void {
    if (this.#isHeld) {
      this.#heldAnswer = answer ?? [];
      return;
    }
    this.#isBusy = false;
    this.#send(answer);
    this.#pump();
  }

  #send(chunks: Buffer[] | undefined): void {
    if (chunks === undefined || this.#socket.destroyed) return;
    if (chunks.length === 1) {
      this.#socket.write(chunks[0]!);
      return;
    }
    this.#socket.cork();
    for (const chunk of chunks) this.#socket.write(chunk);
    this.#socket.uncork();
  }

  #fail(error: unknown): void {
    if (!(error instanceof WireError)) this.#options.onBug(error);
    this.#socket.destroy();
  }
}

/** Serves a socket until it closes. */
export function serveConnection(options: ConnectionOptions): Connection {
  return new ConnectionImpl(options);
}
