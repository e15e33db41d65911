/** Puts together what a call's record is made of, the same for two-way and one-way calls. */

import type { RequestDraft } from '../requests/request-sender.js';
import type { KafkaCallOptions } from './call-options.js';

/** What callers and links say about a call. */
export interface CallFacts {
  readonly path: string;
  /** What the transformer made of the input. */
  readonly input: unknown;
  readonly options: KafkaCallOptions;
}

/** Asked for the headers of the link when the call is about to be sent: a token must be fresh then, however long the connection took. */
export type HeadersSource = () => HeaderTexts | Promise<HeaderTexts> | undefined;
type HeaderTexts = Readonly<Record<string, string>>;

/** What differs between calls of two kinds. */
export interface DraftOptions extends Pick<RequestDraft, 'topic' | 'purpose'> {
  readonly linkHeaders: HeaderTexts | undefined;
  readonly connectionParams: HeaderTexts | undefined;
  readonly message: Omit<RequestDraft['message'], 'kind' | 'path' | 'input'>;
}

/** Makes a draft. Without a key the idempotency key is the record's key, so that a call made again meets the same server. */
export function draftCall(call: CallFacts, draft: DraftOptions): RequestDraft {
  const { idempotencyKey, key, headers } = call.options;
  return {
    topic: draft.topic,
    purpose: draft.purpose,
    key: key ?? idempotencyKey,
    headers: { ...draft.linkHeaders, ...headers },
    message: {
      kind: 'call',
      path: call.path,
      input: call.input,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      ...(draft.connectionParams === undefined ? {} : { connectionParams: draft.connectionParams }),
      ...draft.message,
    },
  };
}
