export { createDevBroker, type DevBroker } from './dev-broker.js';
export type { BrokerSettings, DevBrokerOptions, DevTopic } from './options.js';
