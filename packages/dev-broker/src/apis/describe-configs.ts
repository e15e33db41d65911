/**
 * DescribeConfigs: the settings of topics and brokers, with where each value comes from.
 *
 * Owns: the message. Must not know: which settings there are (cluster/topic-config.ts, options.ts).
 */
import type { Cluster } from '../cluster/cluster.js';
import { configTypes, topicConfigKeys, topicConfigValue } from '../cluster/topic-config.js';
import { defaultSettings, isSettingName } from '../options.js';
import { errorCodes } from '../protocol/error-codes.js';
import { attempt, KafkaError } from '../protocol/kafka-error.js';
import { type Api, defineApi, type RequestContext } from '../server/api.js';
import {
  array,
  boolean,
  int8,
  int16,
  int32,
  nullableArray,
  nullableString,
  string,
} from '../wire/primitives.js';
import { type Decoded, type Encodable, struct } from '../wire/struct.js';
import { since, withDefault } from '../wire/wire-type.js';
import { configSources, resourceTypes } from './config-sources.js';

const resourceFields = { resourceType: int8, resourceName: string, configNames: nullableArray(string) };
const request = struct({
  resources: array(struct(resourceFields)),
  includeSynonyms: since(1, boolean),
  includeDocumentation: since(3, boolean),
});
const synonymFields = { name: string, value: nullableString, source: int8 };
const configFields = {
  name: string,
  value: nullableString,
  readOnly: boolean,
  configSource: since(1, int8),
  isSensitive: withDefault(false, boolean),
  synonyms: since(1, array(struct(synonymFields))),
  configType: since(3, int8),
  documentation: withDefault(null, since(3, nullableString)),
};
const resultFields = {
  errorCode: int16,
  errorMessage: nullableString,
  resourceType: int8,
  resourceName: string,
  configs: array(struct(configFields)),
};
const response = struct({ throttleTimeMs: withDefault(0, int32), results: array(struct(resultFields)) });
type Resource = Decoded<typeof resourceFields>;
type Config = Encodable<typeof configFields>;
type Synonym = Encodable<typeof synonymFields>;

function brokerSource(cluster: Cluster, name: string): number {
  const isSet = isSettingName(name) && cluster.settings[name] !== defaultSettings[name];
  return isSet ? configSources.staticBroker : configSources.default;
}

function topicConfigs(cluster: Cluster, name: string): Config[] {
  const topic = cluster.topics.get(name);
  if (!topic) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${name}' does not exist.`);
  return Object.entries(topicConfigKeys).map(([key, { type, synonym, isSynonymUnset }]) => {
    const own = topic.configs.get(key);
    const inherited = topicConfigValue(key, new Map(), cluster.settings);
    const source = synonym === undefined ? configSources.default : brokerSource(cluster, synonym);
    const synonyms: Synonym[] = [];
    if (own !== undefined) synonyms.push({ name: key, value: own, source: configSources.topic });
    if (synonym !== undefined && !(isSynonymUnset && source === configSources.default)) {
      synonyms.push({ name: synonym, value: inherited, source });
    }
    return {
      name: key,
      value: own ?? inherited,
      readOnly: false,
      configSource: own === undefined ? source : configSources.topic,
      synonyms,
      configType: configTypes[type],
    };
  });
}

function brokerConfigs(cluster: Cluster, name: string): Config[] {
  if (!cluster.nodes.some((node) => String(node.id) === name)) {
    throw new KafkaError(
      'INVALID_REQUEST',
      `Unexpected broker id, expected one of the cluster's, but received ${name}`,
    );
  }
  return Object.entries(cluster.settings).map(([key, value]) => ({
    name: key,
    value: String(value),
    readOnly: true,
    configSource: brokerSource(cluster, key),
    synonyms: [{ name: key, value: String(value), source: brokerSource(cluster, key) }],
    configType:
      typeof value === 'boolean'
        ? configTypes.boolean
        : typeof value === 'number'
          ? configTypes.long
          : configTypes.string,
  }));
}

function configsOf(resource: Resource, cluster: Cluster): Config[] {
  if (resource.resourceType === resourceTypes.topic) return topicConfigs(cluster, resource.resourceName);
  if (resource.resourceType === resourceTypes.broker) return brokerConfigs(cluster, resource.resourceName);
  throw new KafkaError('INVALID_REQUEST', `Unsupported resource type: ${resource.resourceType}`);
}

function describe(
  resource: Resource,
  { includeSynonyms, cluster }: { includeSynonyms: boolean; cluster: Cluster },
) {
  const { resourceType, resourceName, configNames } = resource;
  const result = attempt(() => configsOf(resource, cluster));
  if ('error' in result) {
    return {
      errorCode: result.error.code,
      errorMessage: result.error.message,
      resourceType,
      resourceName,
      configs: [],
    };
  }
  const wanted = configNames && new Set(configNames);
  const configs = result.value
    .filter(({ name }) => !wanted || wanted.has(name))
    .map((config) => (includeSynonyms ? config : { ...config, synonyms: [] }));
  return { errorCode: errorCodes.NONE, errorMessage: null, resourceType, resourceName, configs };
}

export const describeConfigsApi: Api = defineApi({
  name: 'DescribeConfigs',
  versions: [1, 4],
  flexibleFrom: 4,
  request,
  response,
  handle: ({ resources, includeSynonyms }, { cluster }: RequestContext) => ({
    results: resources.map((resource) => describe(resource, { includeSynonyms, cluster })),
  }),
  refuse: ({ resources }, errorCode) => ({
    results: resources.map(({ resourceType, resourceName }) => ({
      errorCode,
      errorMessage: null,
      resourceType,
      resourceName,
      configs: [],
    })),
  }),
});
