import { isFullMatrix } from '../support/full-matrix.ts';
import { nodeFaultCases } from './cases/node-fault-cases.js';
import { runDriverSuite } from './run-suite.js';
import { drivers, ownClusters } from './targets.js';

// Real nodes fail one case after the other: for the second driver in the full matrix.
for (const driver of drivers) {
  const all = driver.name === 'kafkajs' || isFullMatrix;
  const brokers = ownClusters.filter(({ use }) => all || use === 'own');
  runDriverSuite({ drivers: [driver], brokers, cases: { 'failing nodes': nodeFaultCases } });
}
