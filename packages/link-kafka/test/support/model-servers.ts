/**
 * Server instances as a model: they number what they send as the real ones do, and resume exactly behind `lastEventId`.
 * What lies between them and the client is a queue for each, to which a test does whatever a network may do.
 */
import {
  type CallId,
  type Credit,
  createStreamSender,
  type InboxAddress,
  type ServerMessage,
  type ServerNotice,
  type StreamSender,
} from '@trpc-kafka/core/internal';

/** A subscription that a client asked for. */
export interface ModelRequest {
  readonly id: CallId;
  readonly after: number;
  readonly credit: Credit;
}

/** Takes what a server wrote. */
export type Receive = (message: ServerMessage | ServerNotice, server: ModelServer) => void;

interface ModelStream {
  readonly sender: StreamSender;
  next: number;
}

/** One server instance. */
export class ModelServer {
  readonly queue: (ServerMessage | ServerNotice)[] = [];
  alive = true;
  leaving = false;
  private readonly streams = new Map<CallId, ModelStream>();
  readonly inboxId: string;

  constructor(name: number) {
    this.inboxId = String(name).padStart(22, 'S');
  }

  get address(): InboxAddress {
    return { topic: 'numbers.control', partition: 0, inboxId: this.inboxId };
  }

  serve({ id, after, credit }: ModelRequest): void {
    const sender = createStreamSender(credit);
    this.queue.push({ kind: 'started', id, seq: sender.nextSeq(), features: ['lease'] });
    this.streams.set(id, { sender, next: after + 1 });
  }

  /** Lets each stream send so many events, as far as its credit goes. */
  emit(count: number): void {
    for (const [id, stream] of this.streams) {
      const { sender } = stream;
      for (let n = 0; n < count && sender.maySend(); n++) {
        const data = stream.next++;
        const sentBytes = sender.sentBytes();
        this.queue.push({ kind: 'data', id, seq: sender.nextSeq(), sentBytes, eventId: String(data), data });
        sender.sent(10);
      }
    }
  }

  grant(id: CallId, credit: Credit): void {
    if (this.alive) this.streams.get(id)?.sender.grant(credit);
  }

  cancel(id: CallId): void {
    this.streams.delete(id);
  }

  /** Gone, with what it had not sent. */
  kill(): void {
    this.alive = false;
    this.streams.clear();
  }

  leave(): void {
    if (this.leaving) return;
    this.leaving = true;
    this.queue.push({ kind: 'go-away' });
  }

  /** Ends in order: each client is told of each stream. */
  close(): void {
    for (const [id, { sender }] of this.streams)
      this.queue.push({ kind: 'lost', id, seq: sender.nextSeq(), reason: 'closing' });
    this.kill();
  }
}
