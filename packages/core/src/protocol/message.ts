/** Every message of the protocol, as both sides hold it in memory. `envelope.ts` writes and reads their JSON. */

/** A call's id: unique among the calls of the instance that made it (its inbox id and this id are unique everywhere). */
export type CallId = number | string;

/** tRPC's kinds of procedures. */
export type ProcedureType = 'query' | 'mutation' | 'subscription';

/** How much a receiver takes: totals since the stream's beginning, so that repeating or losing one does no harm. */
export interface Credit {
  /** The highest `seq` the sender may send. */
  readonly items: number;
  /** How many bytes of items, in all, the sender may send. */
  readonly bytes: number;
}

/** A procedure is to be run. `input` is what tRPC's transformer made of it. */
export interface CallMessage {
  readonly kind: 'call';
  readonly id: CallId;
  readonly method: ProcedureType;
  readonly path: string;
  readonly input: unknown;
  readonly lastEventId?: string;
  /** The caller waits for no outcome; the call stands in the one-way topic. */
  readonly oneWay?: boolean;
  /** Every server instance is asked, and answers for itself; the call stands in the control topic. */
  readonly gather?: boolean;
  /** How long the caller waits, counted from the record's append time. */
  readonly timeoutMs?: number;
  /** The same as a time by the caller's clock, for topics that keep creation times. */
  readonly deadlineMs?: number;
  readonly idempotencyKey?: string;
  /** The first window of a stream. */
  readonly credit?: Credit;
  /** How long a server keeps the stream of a subscription while it hears nothing from the caller's instance, in ms. */
  readonly leaseMs?: number;
  /** The caller of a query or mutation also reads a result that comes in chunks, and keeps up its lease. */
  readonly chunks?: boolean;
  readonly connectionParams?: Readonly<Record<string, string>>;
  readonly jsonrpc?: '2.0';
}

/** The caller gave up: the resolver's signal aborts. */
export interface CancelMessage {
  readonly kind: 'cancel';
  readonly id: CallId;
}

/** The receiver of a stream takes more. */
export interface CreditMessage {
  readonly kind: 'credit';
  readonly id: CallId;
  readonly credit: Credit;
}

/** The client instance still waits for the streams it has opened on this server. */
export interface LeaseMessage {
  readonly kind: 'lease';
  /** It is for an instance, not for a call. */
  readonly id?: undefined;
}

/** Who is there? Every server instance answers, unless it was told not to. */
export interface HelloMessage {
  readonly kind: 'hello';
  readonly id: CallId;
  /** How long the caller waits, counted from the record's append time. */
  readonly timeoutMs: number;
  /** The same as a time by the caller's clock, for topics that keep creation times. */
  readonly deadlineMs?: number;
  /** What is to be told beside the rest: `procedures`. What a server does not know is left out. */
  readonly wants: readonly string[];
}

/** A call's result, or (with `seq`) one item of a stream. `data` is what tRPC's transformer made of it. */
export interface DataMessage {
  readonly kind: 'data';
  readonly id: CallId;
  readonly data: unknown;
  /** The id of a tracked event. */
  readonly eventId?: string;
  readonly seq?: number;
  /** Bytes of the stream's items sent before this one: what byte credit is counted by. */
  readonly sentBytes?: number;
  readonly jsonrpc?: '2.0';
}

/** A call failed, or (with `seq`) a stream ended with an error. `error` is tRPC's error shape as the transformer made it. */
export interface ErrorMessage {
  readonly kind: 'error';
  readonly id: CallId;
  readonly error: unknown;
  readonly seq?: number;
  readonly jsonrpc?: '2.0';
}

/**
 * An item of a streamed result, the answer to a query or mutation whose data come bit by bit: lines as tRPC's `jsonlStreamProducer`
 * writes them (server/src/unstable-core-do-not-import/stream/jsonl.ts), without their line ends. The first line of a stream is its head.
 */
export interface ChunkMessage {
  readonly kind: 'chunk';
  readonly id: CallId;
  readonly lines: readonly string[];
  readonly seq: number;
  /** Bytes of the stream's items sent before this one. */
  readonly sentBytes?: number;
  readonly jsonrpc?: '2.0';
}

/** A subscription's resolver returned its stream, or that of a query or mutation a result that is streamed. */
export interface StartedMessage {
  readonly kind: 'started';
  readonly id: CallId;
  readonly seq: number;
  readonly features: readonly string[];
  readonly jsonrpc?: '2.0';
}

/** A stream came to its end, or was stopped. */
export interface StoppedMessage {
  readonly kind: 'stopped';
  readonly id: CallId;
  readonly seq: number;
  readonly jsonrpc?: '2.0';
}

/** The call reached a server after its deadline and was not run. */
export interface ExpiredMessage {
  readonly kind: 'expired';
  readonly id: CallId;
  /** The server's clock, so that an error can name a skew. */
  readonly nowMs: number;
}

/** The mutation was not run: a server that died may have run it already. */
export interface MaybeExecutedMessage {
  readonly kind: 'maybe-executed';
  readonly id: CallId;
}

/** The server ended a stream that had not come to its end: it can go on elsewhere. */
export interface LostMessage {
  readonly kind: 'lost';
  readonly id: CallId;
  readonly seq: number;
  /** `lease`: nothing was heard from the client for too long. `closing`: the server instance closes. */
  readonly reason: string;
}

/** A server instance of itself. Its instance id is the inbox id in the record's header. */
export interface HelloReplyMessage {
  readonly kind: 'hello-reply';
  readonly id: CallId;
  readonly service: string;
  /** What it runs, as `name/version`. */
  readonly software: string;
  readonly features: readonly string[];
  /** `starting`, `ready` or `draining`. */
  readonly state: string;
  readonly startedAtMs: number;
  /** The server's clock. */
  readonly nowMs: number;
  /** Calls that run. */
  readonly calls: number;
  /** Calls that wait for their turn. */
  readonly waiting: number;
  /** Streams that are open. */
  readonly streams: number;
  /** What its groups have given it. */
  readonly assigned: readonly AssignedTopic[];
  /** Only where they were wanted. */
  readonly procedures?: readonly ProcedureFacts[];
}

/** The partitions of a topic that a server instance has. */
export interface AssignedTopic {
  readonly topic: string;
  readonly partitions: readonly number[];
}

/** A procedure as its server tells of it. */
export interface ProcedureFacts {
  readonly path: string;
  readonly type: ProcedureType;
  /** True of a query that every instance answers when it is gathered. */
  readonly gather?: boolean;
}

/** The server instance runs: it has sent nothing else to this client for a while. */
export interface HeartbeatMessage {
  readonly kind: 'heartbeat';
  /** It is for an instance, not for a call. */
  readonly id?: undefined;
}

/** The server instance is about to close: streams are to be opened elsewhere. */
export interface GoAwayMessage {
  readonly kind: 'go-away';
  /** It is for an instance, not for a call. */
  readonly id?: undefined;
}

/** What a client writes. */
export type ClientMessage = CallMessage | CancelMessage | CreditMessage | LeaseMessage | HelloMessage;

/** What a server writes to all streams of a client at once. */
export type ServerNotice = HeartbeatMessage | GoAwayMessage;

/** What a server writes to a call. */
export type ServerMessage =
  | DataMessage
  | ChunkMessage
  | ErrorMessage
  | StartedMessage
  | StoppedMessage
  | ExpiredMessage
  | MaybeExecutedMessage
  | LostMessage;

/** What a server writes under an id of a client's. */
export type ReplyMessage = ServerMessage | HelloReplyMessage;

/** Any message. */
export type Message = ClientMessage | ReplyMessage | ServerNotice;
