/**
 * Lets calls share records: those that are made until the next batch is formed, under load more than those of one turn.
 * Owns: which calls may stand together, and how many. Must not know: headers, interceptors (call-bundle asks them).
 */

import { type CallFacts, recordKey } from '../calls/call-draft.js';
import { CallBundle, type OperationList } from './call-bundle.js';
import { type CallWriter, type CallWriting, encodeCall, type HeadersOf } from './call-writer.js';

/** How a bundle writer makes its records. */
export interface BundleRules {
  readonly headersOf: HeadersOf<OperationList>;
  /** Most calls in a record. */
  readonly maxItems: number;
  /** Most bytes in the value of a record with several calls. */
  readonly maxBytes: number;
}

/**
 * Makes a writer of records with several calls. Headers and interceptors run once for each record, when it is written:
 * not in the context of one of its callers.
 */
export function createBundleWriter(writing: CallWriting, rules: BundleRules): CallWriter {
  const { maxItems, maxBytes, headersOf } = rules;
  /** The bundles that still take calls, by what their calls have in common. */
  const open = new Map<string, CallBundle>();

  function openBundle(group: string, { options, inherited }: CallFacts): CallBundle {
    const bundle = new CallBundle({
      writing,
      headersOf,
      key: recordKey(options),
      inheritedHeaders: inherited?.headers,
      callHeaders: options.headers,
      onSealed: () => close(group, bundle),
    });
    writing.batcher.add(bundle);
    return bundle;
  }

  function close(group: string, bundle: CallBundle): void {
    if (open.get(group) === bundle) open.delete(group);
  }

  return {
    write(call, request) {
      const { op } = request;
      const encoded = encodeCall(writing, call, request);
      const group = groupOf(request);
      let bundle = open.get(group);
      // One that nobody waits for any more may stand in the queue of a transport that an idle client has given back.
      if (bundle?.isWanted() === false) bundle = undefined;
      if (bundle === undefined || bundle.valueBytes + encoded.bytesInBundle > maxBytes) {
        bundle = openBundle(group, request);
        // A call too large for company leaves the open bundle to those that come after it.
        if (encoded.bytesInBundle + 1 <= maxBytes) open.set(group, bundle);
      }
      bundle.add(call, op, encoded);
      if (bundle.size === maxItems) close(group, bundle);
    },
  };
}

/** What calls of one record have in common: its key, and so its partition, the headers of their callers, and a trace. */
function groupOf({ options, inherited }: CallFacts): string {
  const key = recordKey(options);
  const headers = Object.entries({ ...inherited?.headers, ...options.headers });
  if (key === undefined && headers.length === 0) return '';
  headers.sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([key ?? null, headers]);
}
