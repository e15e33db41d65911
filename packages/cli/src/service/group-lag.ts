/** How far a service's groups are behind: what stands in a topic and has not been committed. */
import type { KafkaDriver, KafkaService } from '@trpc-kafka/core';
import type { Admin } from 'kafkajs';
import { withAdmin } from './find-services.js';
import type { Target } from './service-target.js';

/** One group and its topic. */
export interface GroupLag {
  readonly group: string;
  readonly topic: string;
  /** Records behind, by partition; null where the group has committed nothing yet. */
  readonly partitions: Readonly<Record<string, number | null>>;
}

/** Looks at both groups of a service. */
export async function readLag(
  { kafka, driver }: Target,
  service: KafkaService,
): Promise<readonly GroupLag[]> {
  const { requests, oneWay } = service.topics;
  const wanted = [
    { group: service.groupId, topic: requests.topic },
    { group: service.oneWayGroupId, topic: oneWay.topic },
  ];
  return await withAdmin(kafka, (admin) => Promise.all(wanted.map((each) => lagOf({ driver, admin }, each))));
}

async function lagOf(
  { driver, admin }: { readonly driver: KafkaDriver; readonly admin: Admin },
  { group, topic }: Pick<GroupLag, 'group' | 'topic'>,
): Promise<GroupLag> {
  const [starts, ends, fetched] = await Promise.all([
    driver.listOffsets({ topic, at: 'earliest' }),
    driver.listOffsets({ topic, at: 'latest' }),
    admin.fetchOffsets({ groupId: group, topics: [topic] }),
  ]);
  const committed = new Map(
    fetched.flatMap(({ partitions }) => partitions.map((each) => [each.partition, Number(each.offset)])),
  );
  const behind = [...ends].map(([partition, end]): [string, number | null] => {
    const at = committed.get(partition) ?? -1;
    if (at >= 0) return [String(partition), Math.max(0, end - at)];
    return [String(partition), end === starts.get(partition) ? 0 : null];
  });
  return { group, topic, partitions: Object.fromEntries(behind) };
}

/** Their sum over some partitions; null when nothing is known of any of them. */
export function lagOver({ partitions }: GroupLag, chosen?: readonly number[]): number | null {
  const names = chosen === undefined ? Object.keys(partitions) : chosen.map(String);
  const known = names.map((name) => partitions[name]).filter((lag) => lag != null);
  return known.length === 0 && names.length > 0 ? null : known.reduce((sum, lag) => sum + lag, 0);
}
