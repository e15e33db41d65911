/** A client of one version that runs all cases, at the same time, against a server of another: `node client.js <service> <broker> ...`. */
import { reportCase } from '../report-case.js';
import { createSkewCases } from './skew-cases.js';
import { connect } from './skew-client.js';

async function main(): Promise<void> {
  const [service = '', ...brokers] = process.argv.slice(2);
  const client = connect(service, brokers);
  await Promise.all(createSkewCases(client).map(reportCase));
  await client.kafkaClient.close();
}

void main();
