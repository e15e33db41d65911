/** Where, and how, a call is answered. */
import type { EnvelopeCodec, InboxAddress } from '@trpc-kafka/core/internal';

/** The caller's inbox, and what it reads there. */
export interface ReplyTarget extends InboxAddress {
  /** The codec the call came in. Who is answered for a record that could not be read is answered in what everyone reads. @default JSON */
  readonly codec?: EnvelopeCodec;
}
