/**
 * @trpc-kafka/testing: a router under test, served and called over the true transport, on a broker of the test's own.
 * Owns: putting broker, handler and client together, and taking them apart.
 * Must not know: how any of them works.
 */
export type { TestBrokerOptions, TestPairOptions, TestPairSettings } from './options.js';
export { createTestPair, type TestPair } from './test-pair.js';
