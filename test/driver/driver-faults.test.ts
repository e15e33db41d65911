import { faultCases } from './cases/fault-cases.js';
import { runDriverSuite } from './run-suite.js';
import { drivers, ownClusters } from './targets.js';

runDriverSuite({ drivers, brokers: ownClusters, cases: { 'failing nodes': faultCases } });
