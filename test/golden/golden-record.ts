/**
 * Golden records: what version 1 of the protocol looks like on the wire, message by message.
 * Owns: what a record's definition says. Must not know: how records are stored or checked.
 */
import type { Message } from '@trpc-kafka/core/internal';

/** The inbox of a client instance of the app `checkout`, and that of a server instance of the service `flights`. */
export const clientInbox = { topic: 'checkout.replies', partition: 7, inboxId: 'clientInboxAtCheckoutA' };
export const serverInbox = { topic: 'flights.control', partition: 1, inboxId: 'serverInboxOfFlights-A' };

interface GoldenDefinition {
  /** Name of the file. */
  readonly name: string;
  readonly about: string;
  readonly topic: 'flights.requests' | 'flights.one-way' | 'flights.control' | 'checkout.replies';
  readonly key?: string;
  /** The codec of its value, which its reader has beside JSON. @default JSON, which is all its reader has */
  readonly codec?: 'msgpack';
}

/** A record that trpc-kafka writes: today's encoder must still give the same bytes. */
export interface WrittenRecord extends GoldenDefinition {
  readonly by: 'client' | 'server';
  readonly to?: string;
  /** What the header repeats of the record's only call. */
  readonly single?: { readonly id?: string; readonly deadlineMs?: number };
  readonly headers?: Readonly<Record<string, string>>;
  readonly messages: readonly Message[];
}

/** A record as others, or later releases, may write it: it must be read, or refused, as it says. */
export interface ForeignRecord extends GoldenDefinition {
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string | Uint8Array;
  readonly expect: GoldenExpectation;
}

/** What a reader makes of a record. Refusals have no text here: how it is worded may change. */
export type GoldenExpectation =
  | { readonly facts: object; readonly to?: string; readonly envelopes: readonly GoldenEnvelope[] }
  | { readonly refused: string };

/** What a reader makes of an envelope. */
export type GoldenEnvelope =
  | { readonly ok: true; readonly message: object }
  | {
      readonly ok: false;
      readonly id?: number | string;
      readonly call: boolean;
      readonly unknownKind: boolean;
    };
