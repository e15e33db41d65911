export { createDevBroker, type DevBroker } from './dev-broker.js';
export type { ClusterFaults, StopNodeOptions } from './faults/cluster-faults.js';
export type { Fault, FaultOptions, RequestFaults, TimedFaultOptions } from './faults/request-faults.js';
export type { RequestLog } from './faults/request-log.js';
export type { RequestFilter, RequestMatch, SeenRequest } from './faults/request-match.js';
export type { BrokerSettings, DevBrokerOptions, DevTopic } from './options.js';
export type { ApiName } from './protocol/api-keys.js';
export type { ErrorName } from './protocol/error-codes.js';
