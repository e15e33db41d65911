/**
 * Where the value of a setting comes from, as DescribeConfigs tells it (DescribeConfigsResponse.ConfigSource).
 */
export const configSources = { topic: 1, dynamicBroker: 2, staticBroker: 4, default: 5 } as const;

/** Kinds of things that have settings (ConfigResource.Type). */
export const resourceTypes = { topic: 2, broker: 4 } as const;
