/**
 * `@trpc-kafka/core/health`: the server that answers probes. An entry of its own, so that nobody else loads node:http.
 * What it asks are the `health()` of handlers and clients, and functions of the user's.
 */
export type { HealthAnswer, HealthAnswerReason, HealthCheck } from './health/health-check.js';
export type {
  GroupHealthDetails,
  HealthDetails,
  HealthOptions,
  HealthReason,
  HealthReasonCode,
  HealthReport,
  HealthState,
  InboxHealthDetails,
} from './health/health-report.js';
export { createHealthServer, type HealthServer, type HealthServerOptions } from './health/health-server.js';
export type { MetricsPage, MetricsSource } from './health/metrics-source.js';
