/** Reads the envelopes of discovery: the question who is there, and what a server instance tells of itself. */
import { accepted, type DecodedEnvelope, refused } from './decoded-envelope.js';
import {
  type Fields,
  isCount,
  isFields,
  isProcedureType,
  isTextUpTo,
  readFeatures,
  readList,
} from './fields.js';
import { maxNameLength, maxPathLength, maxTimeMs, maxTimeoutMs } from './limits.js';
import type { AssignedTopic, CallId, HelloReplyMessage, ProcedureFacts } from './message.js';

/** Reads what stands in `kafka` of a hello. */
export function decodeHello(id: CallId, facts: Fields): DecodedEnvelope {
  const { timeoutMs, deadlineMs, wants } = facts;
  if (!isCount(timeoutMs, maxTimeoutMs)) {
    return refused(`\`kafka.timeoutMs\` is no whole number from 0 to ${maxTimeoutMs}`, { id });
  }
  if (deadlineMs !== undefined && !isCount(deadlineMs, maxTimeMs)) {
    return refused('`kafka.deadlineMs` is no time in whole ms since 1970', { id });
  }
  return accepted({
    kind: 'hello',
    id,
    timeoutMs,
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    wants: readFeatures(wants),
  });
}

/** Reads what stands in `kafka` of a hello reply. */
export function decodeHelloReply(id: CallId, facts: Fields): DecodedEnvelope {
  const { service, software, state, startedAtMs, nowMs, calls, waiting, streams } = facts;
  for (const name of ['service', 'software', 'state']) {
    if (!isName(facts[name]))
      return refused(`\`kafka.${name}\` is no text of up to ${maxNameLength} characters`, { id });
  }
  for (const name of ['startedAtMs', 'nowMs']) {
    if (!isCount(facts[name], maxTimeMs))
      return refused(`\`kafka.${name}\` is no time in whole ms since 1970`, { id });
  }
  for (const name of ['calls', 'waiting', 'streams']) {
    if (!isCount(facts[name])) return refused(`\`kafka.${name}\` is no whole number`, { id });
  }
  const assigned = readList(facts['assigned'], readAssignedTopic);
  if (assigned === undefined) return refused('`kafka.assigned` is no list of { topic, partitions }', { id });
  const procedures = readList(facts['procedures'] ?? [], readProcedure);
  if (procedures === undefined) return refused('`kafka.procedures` is no list of { path, type }', { id });
  const known = { service, software, state, startedAtMs, nowMs, calls, waiting, streams } as KnownFacts;
  return accepted({
    kind: 'hello-reply',
    id,
    ...known,
    features: readFeatures(facts['features']),
    assigned,
    ...(facts['procedures'] === undefined ? {} : { procedures }),
  });
}

/** What has been looked at before it is taken. */
type KnownFacts = Pick<
  HelloReplyMessage,
  'service' | 'software' | 'state' | 'startedAtMs' | 'nowMs' | 'calls' | 'waiting' | 'streams'
>;

function isName(value: unknown): value is string {
  return isTextUpTo(maxNameLength, value);
}

function readPartition(value: unknown): number | undefined {
  return isCount(value) ? value : undefined;
}

function readAssignedTopic(value: unknown): AssignedTopic | undefined {
  if (!isFields(value)) return undefined;
  const { topic } = value;
  const partitions = readList(value['partitions'], readPartition);
  return isName(topic) && partitions !== undefined ? { topic, partitions } : undefined;
}

function readProcedure(value: unknown): ProcedureFacts | undefined {
  if (!isFields(value)) return undefined;
  const { path, type, gather } = value;
  if (!isTextUpTo(maxPathLength, path) || !isProcedureType(type)) return undefined;
  return gather === true ? { path, type, gather } : { path, type };
}
