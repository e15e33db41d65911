import { nodeFaultCases } from './cases/node-fault-cases.js';
import { runDriverSuite } from './run-suite.js';
import { drivers, ownClusters } from './targets.js';

runDriverSuite({ drivers, brokers: ownClusters, cases: { 'failing nodes': nodeFaultCases } });
