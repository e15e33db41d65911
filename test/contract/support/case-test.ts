/** A test of one behaviour, with a service of its own. */
import { type CaseContext, createCaseContext } from '../../conformance/case-context.ts';
import { type ContractTest, createContractTest } from './contract-test.ts';

/** Prepares the brokers of a test file. */
export function createCaseTest(): Promise<ContractTest<CaseContext>> {
  return createContractTest(async (brokers, run) => {
    await using context = createCaseContext(brokers);
    await run(context);
  });
}
