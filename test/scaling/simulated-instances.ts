/** Client and server instances as far as what they cost goes: the code that decides it, over simulated topics. */
import type { OutgoingRecord } from '@trpc-kafka/core';
import {
  type BatchEntry,
  encodeEnvelope,
  formatSender,
  type Inbox,
  jsonEnvelopes,
  openInbox,
  parseRecordFacts,
  recordHeader,
} from '@trpc-kafka/core/internal';
import { ReplyBundle } from '../../packages/adapter-kafka/src/replies/reply-bundle.js';
import { assignSticky } from '../../packages/core/src/driver/cluster/sticky-assignment.js';
import {
  type AnsweringPartitions,
  createAnsweringPartitions,
} from '../../packages/link-kafka/src/requests/answering-partitions.js';
import type { Random } from '../support/random.ts';
import type { SimulatedTopics } from './simulated-topics.ts';

/** An id as `createInboxId` makes them, of a number. */
export const inboxIdOf = (kind: string, index: number): string =>
  `${kind}${String(index).padStart(22 - kind.length, '0')}`;

/** An inbox on one of so many partitions. */
export function openSimulatedInbox(options: {
  readonly topics: Pick<SimulatedTopics, 'openInbox'>;
  readonly topic: string;
  readonly partitions: number;
  readonly inboxId: string;
  readonly random: Random;
  readonly onFrom?: (inboxId: string) => void;
}): Inbox {
  return openInbox({
    ...options,
    driver: options.topics,
    from: { at: 'end' },
    resumeFromTimeMs: () => 0,
    onRecord: ({ facts }) => options.onFrom?.(facts.from),
    onUnreadable(error) {
      throw error;
    },
  });
}

/** A client that calls without keys. */
export interface SimulatedClient {
  readonly inbox: Inbox;
  /** Makes so many calls in one turn. */
  call(count: number): void;
}

/** Makes a client. */
export function createSimulatedClient(options: {
  readonly topics: SimulatedTopics;
  readonly index: number;
  readonly replyPartitions: number;
  readonly requestPartitions: number;
  readonly random: Random;
}): SimulatedClient {
  const { topics, index, replyPartitions: partitions, random } = options;
  const inboxId = inboxIdOf('client', index);
  const inbox = openSimulatedInbox({ topics, topic: 'replies', partitions, inboxId, random });
  const answering = createAnsweringPartitions({ now: () => 0, random });
  const batcher = topics.createBatcher();
  const picker = { pick: () => answering.pick(options.requestPartitions) };
  const sender = formatSender(inboxId, inbox.address);
  return {
    inbox,
    call(count) {
      for (let n = 0; n < count; n++) batcher.add(new Request(picker, sender, answering));
    },
  };
}

class Request implements BatchEntry {
  readonly bytes = 200;
  private readonly picker: { pick(): number };
  private readonly sender: string;
  private readonly answering: AnsweringPartitions;

  constructor(picker: { pick(): number }, sender: string, answering: AnsweringPartitions) {
    this.picker = picker;
    this.sender = sender;
    this.answering = answering;
  }

  toRecord(batch: Parameters<BatchEntry['toRecord']>[0]): OutgoingRecord {
    const partition = batch.partitionFor(this.picker);
    this.answering.answered(partition);
    return { topic: 'requests', partition, key: null, value: '{}', headers: { [recordHeader]: this.sender } };
  }

  delivered(): void {}

  failed(error: Error): void {
    throw error;
  }
}

/** Who owns the partitions of the request topic, in a group that has grown one by one. */
export function ownersOf(requestPartitions: number, servers: number): readonly number[] {
  const partitions = Array.from({ length: requestPartitions }, (_, partition) => partition);
  let assignment: ReadonlyMap<string, readonly number[]> = new Map();
  for (let count = 1; count <= servers; count++) {
    const members = Array.from({ length: count }, (_, index) => ({
      id: String(index),
      owned: assignment.get(String(index)) ?? [],
      generation: count,
    }));
    assignment = assignSticky(partitions, members);
  }
  const owners: number[] = [];
  for (const [id, owned] of assignment) for (const partition of owned) owners[partition] = Number(id);
  return owners;
}

const reply = encodeEnvelope({ kind: 'data', id: 1, data: 'x' });

/** Answers what each server has read in one turn: a bundle for each inbox. */
export function answerRequests(
  requests: readonly OutgoingRecord[],
  { topics, owners }: { readonly topics: SimulatedTopics; readonly owners: readonly number[] },
): void {
  const bundles = new Map<string, ReplyBundle>();
  const batchers = new Map<number, ReturnType<SimulatedTopics['createBatcher']>>();
  for (const request of requests) {
    const server = owners[request.partition]!;
    const sender = String(request.headers?.[recordHeader]);
    const key = `${server} ${sender}`;
    let bundle = bundles.get(key);
    if (bundle === undefined || !bundle.hasRoomFor(100)) {
      bundle = new ReplyBundle({
        address: parseRecordFacts(sender).replyTo!,
        codec: jsonEnvelopes,
        sender: formatSender(inboxIdOf('server', server)),
        headers: {},
        listener: {
          sealed() {},
          failed(_bundle, error) {
            throw error;
          },
        },
      });
      bundles.set(key, bundle);
      let batcher = batchers.get(server);
      if (batcher === undefined) {
        batcher = topics.createBatcher();
        batchers.set(server, batcher);
      }
      batcher.add(bundle);
    }
    bundle.add({ envelope: reply, bytes: 100, call: undefined, seq: undefined, path: 'x', isOwed: false });
  }
}
