import { fetcherCases } from './cases/fetcher-cases.js';
import { groupCases } from './cases/group-cases.js';
import { inboxCases } from './cases/inbox-cases.js';
import { lifecycleCases } from './cases/lifecycle-cases.js';
import { produceCases } from './cases/produce-cases.js';
import { rebalanceCases } from './cases/rebalance-cases.js';
import { topicCases } from './cases/topic-cases.js';
import { runDriverSuite } from './run-suite.js';
import { drivers, sharedBrokers } from './targets.js';

runDriverSuite({
  drivers,
  brokers: sharedBrokers,
  cases: {
    producing: produceCases,
    inboxes: inboxCases,
    fetchers: fetcherCases,
    groups: groupCases,
    rebalances: rebalanceCases,
    topics: topicCases,
    lifecycle: lifecycleCases,
  },
});
