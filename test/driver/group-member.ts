/** A member of a group that notes what happens to it. */
import type {
  AssignedPartition,
  CommitMoment,
  CommitOffset,
  GroupConsumer,
  GroupConsumerOptions,
  IncomingRecord,
  KafkaDriver,
} from '@trpc-kafka/core';
import { type Collector, createCollector } from '../support/collector.js';

export interface Member extends GroupConsumer {
  readonly records: Collector<IncomingRecord>;
  readonly assignments: Collector<readonly AssignedPartition[]>;
  readonly revocations: Collector<readonly number[]>;
  /** The offset after the last record received, by partition. */
  received(): readonly CommitOffset[];
}

export interface MemberSettings
  extends Pick<GroupConsumerOptions, 'groupId' | 'topic'>,
    Partial<Omit<GroupConsumerOptions, 'groupId' | 'topic'>> {
  /** Collects what several members receive. */
  readonly together?: Collector<IncomingRecord>;
}

/** Joins a group. Commits what was received, unless told otherwise. */
export function join(driver: KafkaDriver, settings: MemberSettings): Member {
  const records = createCollector<IncomingRecord>();
  const assignments = createCollector<readonly AssignedPartition[]>();
  const revocations = createCollector<readonly number[]>();
  const next = new Map<number, number>();
  const received = () => [...next].map(([partition, offset]) => ({ partition, offset }));
  const group = driver.openGroup({
    commitIntervalMs: 100,
    onRecords(fetched) {
      next.set(fetched.partition, fetched.records.at(-1)!.offset + 1);
      records.add(...fetched.records);
      settings.together?.add(...fetched.records);
    },
    onAssigned: (assigned) => assignments.add(assigned),
    onRevoked(partitions) {
      for (const partition of partitions) next.delete(partition);
      revocations.add(partitions);
    },
    offsetsToCommit: (_moment: CommitMoment) => received(),
    ...settings,
  });
  return { ...group, records, assignments, revocations, received };
}

/** Resolves when the members own these many partitions each. */
export async function shares(members: readonly Member[], counts: readonly number[]): Promise<void> {
  await Promise.all(
    members.map((member, i) =>
      member.assignments.until((all) => all.at(-1)?.length === counts[i], `a share of ${counts[i]}`),
    ),
  );
}
