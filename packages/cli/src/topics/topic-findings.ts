/** What of a topic is not as its service wants it, what follows from that, and what to do. Pure. */
import type { TopicDescription, TopicSpec } from '@trpc-kafka/core';

/** `problem`: calls are lost or fail. `difference`: it works, but not as the service says. `note`: worth knowing. */
export type FindingLevel = 'problem' | 'difference' | 'note';

/** One thing that was found. */
export interface TopicFinding {
  readonly topic: string;
  readonly level: FindingLevel;
  readonly what: string;
  readonly cure: string;
}

/** Compares a topic with what is wanted. `found` is undefined where there is none. */
export function findingsOf(wanted: TopicSpec, found: TopicDescription | undefined): readonly TopicFinding[] {
  const { topic } = wanted;
  if (found === undefined) {
    const cure =
      'Create it with "trpc-kafka topics create"; servers create theirs when they start, unless told not to';
    return [{ topic, level: 'problem', what: 'does not exist', cure }];
  }
  const findings = [partitionsOf(wanted, found), replicasOf(wanted, found)];
  if (Object.keys(found.config).length === 0) {
    const why = found.configError === undefined ? '' : `: ${found.configError.message}`;
    const cure = 'Give this principal DESCRIBE_CONFIGS on the topic, or look at it as somebody who has';
    findings.push({ topic, level: 'note', what: `its settings could not be read${why}`, cure });
  } else {
    findings.push(...Object.keys(wanted.config).map((name) => settingOf(name, wanted, found)));
  }
  return findings.filter((finding) => finding !== undefined);
}

function partitionsOf({ topic, partitions }: TopicSpec, found: TopicDescription): TopicFinding | undefined {
  if (found.partitions >= partitions) return undefined;
  return {
    topic,
    level: 'difference',
    what: `has ${found.partitions} partitions, the service wants ${partitions}: no more instances than partitions have work`,
    cure: `kafka-topics.sh --bootstrap-server <broker> --alter --topic ${topic} --partitions ${partitions}`,
  };
}

function replicasOf(
  { topic, replicationFactor }: TopicSpec,
  found: TopicDescription,
): TopicFinding | undefined {
  if (replicationFactor !== undefined && found.replicationFactor < replicationFactor) {
    const what = `has ${found.replicationFactor} replicas, the service wants ${replicationFactor}`;
    return {
      topic,
      level: 'difference',
      what,
      cure: 'Reassign its partitions: kafka-reassign-partitions.sh',
    };
  }
  if (found.replicationFactor > 1) return undefined;
  return {
    topic,
    level: 'note',
    what: 'has one replica: without that broker it is away, and what it holds is lost with its disk',
    cure: 'Where that matters, reassign its partitions: kafka-reassign-partitions.sh',
  };
}

/** Says what follows where a setting is not as wanted; undefined where nothing does. */
type Judge = (found: string, wanted: string) => { level: FindingLevel; why: string } | undefined;

const isLess = (found: string, wanted: string): boolean => {
  const [has, needs] = [Number(found), Number(wanted)];
  return has >= 0 && (needs < 0 || has < needs);
};

const judges: Readonly<Record<string, Judge>> = {
  'cleanup.policy': (found, wanted) => {
    if (found === wanted || !found.includes('compact')) return undefined;
    if (wanted.includes('compact')) return { level: 'difference', why: 'old records are kept longer' };
    return { level: 'problem', why: 'compaction removes calls that were not yet read' };
  },
  'retention.ms': (found, wanted) =>
    isLess(found, wanted)
      ? { level: 'difference', why: 'records are gone before whoever is away can read them' }
      : undefined,
  'message.timestamp.type': (found, wanted) =>
    found === wanted
      ? undefined
      : { level: 'difference', why: 'deadlines go by the clocks of callers and not by that of the brokers' },
  'max.message.bytes': (found, wanted) =>
    isLess(found, wanted)
      ? { level: 'difference', why: 'larger records, which clients may write, are refused' }
      : undefined,
  'min.insync.replicas': (found, wanted) =>
    isLess(found, wanted)
      ? { level: 'difference', why: 'a record is confirmed when fewer brokers have it' }
      : undefined,
};

function settingOf(name: string, wanted: TopicSpec, found: TopicDescription): TopicFinding | undefined {
  const [has, wants] = [found.config[name], wanted.config[name]];
  if (has === undefined || wants === undefined) return undefined;
  const judged = judges[name]?.(has, wants);
  if (judged === undefined) return undefined;
  const { topic } = wanted;
  return {
    topic,
    level: judged.level,
    what: `has ${name}=${has}, the service wants ${wants}: ${judged.why}`,
    cure: `kafka-configs.sh --bootstrap-server <broker> --alter --entity-type topics --entity-name ${topic} --add-config ${name}=${wants.includes(',') ? `[${wants}]` : wants}`,
  };
}
