/**
 * AlterConfigs and IncrementalAlterConfigs: the settings of topics, all at once or one by one (KIP-339).
 *
 * Owns: the messages. The settings of brokers are fixed at start here, so that changing them is refused.
 */
import type { Cluster } from '../cluster/cluster.js';
import type { Topic } from '../cluster/topic.js';
import { checkTopicConfig, topicConfigKeys, topicConfigValue } from '../cluster/topic-config.js';
import { errorCodes } from '../protocol/error-codes.js';
import { attempt, KafkaError } from '../protocol/kafka-error.js';
import { type Api, defineApi } from '../server/api.js';
import { array, boolean, int8, int16, int32, nullableString, string } from '../wire/primitives.js';
import { type Decoded, type Encodable, struct } from '../wire/struct.js';
import { withDefault } from '../wire/wire-type.js';
import { resourceTypes } from './config-sources.js';

const operations = { set: 0, delete: 1, append: 2, subtract: 3 } as const;

const resourceFields = { resourceType: int8, resourceName: string };
const settingFields = { name: string, value: nullableString };
const changeFields = { name: string, operation: int8, value: nullableString };
const resultFields = { errorCode: int16, errorMessage: nullableString, ...resourceFields };
const response = struct({ throttleTimeMs: withDefault(0, int32), responses: array(struct(resultFields)) });
type Resource = { readonly resourceType: number; readonly resourceName: string };
type Change = Decoded<typeof changeFields>;
type Result = Encodable<typeof resultFields>;

function topicFor({ resourceType, resourceName }: Resource, cluster: Cluster): Topic {
  if (resourceType !== resourceTypes.topic) {
    throw new KafkaError('INVALID_REQUEST', 'Only the settings of topics can be changed on this broker');
  }
  const topic = cluster.topics.get(resourceName);
  if (!topic)
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${resourceName}' does not exist.`);
  return topic;
}

/** Changes settings only where every one of them is right. */
function alter(
  resource: Resource,
  target: { readonly cluster: Cluster; readonly validateOnly: boolean },
  next: (topic: Topic) => ReadonlyMap<string, string | null>,
): Result {
  const { resourceType, resourceName } = resource;
  const result = attempt(() => {
    const topic = topicFor(resource, target.cluster);
    const configs = new Map<string, string>();
    for (const [name, value] of next(topic)) {
      checkTopicConfig(name, value);
      configs.set(name, value);
    }
    if (!target.validateOnly) topic.configure(configs);
  });
  if ('error' in result) {
    return { errorCode: result.error.code, errorMessage: result.error.message, resourceType, resourceName };
  }
  return { errorCode: errorCodes.NONE, errorMessage: null, resourceType, resourceName };
}

function refuse(resources: readonly Resource[], errorCode: number) {
  return {
    responses: resources.map(({ resourceType, resourceName }) => ({
      errorCode,
      errorMessage: null,
      resourceType,
      resourceName,
    })),
  };
}

export const alterConfigsApi: Api = defineApi({
  name: 'AlterConfigs',
  versions: [0, 2],
  flexibleFrom: 2,
  request: struct({
    resources: array(struct({ ...resourceFields, configs: array(struct(settingFields)) })),
    validateOnly: boolean,
  }),
  response,
  handle: ({ resources, validateOnly }, { cluster }) => ({
    responses: resources.map((resource) =>
      alter(
        resource,
        { cluster, validateOnly },
        () => new Map(resource.configs.map(({ name, value }) => [name, value])),
      ),
    ),
  }),
  refuse: ({ resources }, errorCode) => refuse(resources, errorCode),
});

function listItems(value: string | null | undefined): string[] {
  return (value ?? '').split(',').filter((item) => item !== '');
}

function applyToList(change: Change, current: string): string {
  if (topicConfigKeys[change.name]?.type !== 'list') {
    throw new KafkaError(
      'INVALID_CONFIG',
      `Can't append to or subtract from the key ${change.name}, which is not a list`,
    );
  }
  const items = listItems(current);
  const given = listItems(change.value);
  const next =
    change.operation === operations.append
      ? [...items, ...given.filter((item) => !items.includes(item))]
      : items.filter((item) => !given.includes(item));
  return next.join(',');
}

function applyChanges(
  topic: Topic,
  changes: readonly Change[],
  cluster: Cluster,
): Map<string, string | null> {
  const next = new Map<string, string | null>(topic.configs);
  const seen = new Set<string>();
  for (const change of changes) {
    const { name, operation, value } = change;
    if (seen.has(name))
      throw new KafkaError('INVALID_REQUEST', `Error due to duplicate config keys: ${name}`);
    seen.add(name);
    if (operation === operations.delete) next.delete(name);
    else if (operation === operations.set) next.set(name, value);
    else if (operation === operations.append || operation === operations.subtract) {
      next.set(name, applyToList(change, topicConfigValue(name, topic.configs, cluster.settings)));
    } else throw new KafkaError('INVALID_REQUEST', `Unknown operation type ${operation}`);
  }
  return next;
}

export const incrementalAlterConfigsApi: Api = defineApi({
  name: 'IncrementalAlterConfigs',
  versions: [0, 1],
  flexibleFrom: 1,
  request: struct({
    resources: array(struct({ ...resourceFields, configs: array(struct(changeFields)) })),
    validateOnly: boolean,
  }),
  response,
  handle: ({ resources, validateOnly }, { cluster }) => ({
    responses: resources.map((resource) =>
      alter(resource, { cluster, validateOnly }, (topic) => applyChanges(topic, resource.configs, cluster)),
    ),
  }),
  refuse: ({ resources }, errorCode) => refuse(resources, errorCode),
});
