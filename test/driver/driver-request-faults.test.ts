import { requestFaultCases } from './cases/request-fault-cases.js';
import { runDriverSuite } from './run-suite.js';
import { drivers, ownClusters } from './targets.js';

// Only a broker that can be told to fail; a cluster of others would be started for nothing.
const brokers = ownClusters.filter(({ capabilities }) => capabilities.has('request-faults'));

runDriverSuite({ drivers, brokers, cases: { 'failing requests': requestFaultCases } });
