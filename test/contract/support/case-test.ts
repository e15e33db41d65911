/** A test of one behaviour, with a service of its own on the file's embedded broker. */
import { createDevBroker, type DevBroker } from '@trpc-kafka/dev-broker';
import { afterAll, test } from 'vitest';
import { type CaseContext, createCaseContext } from '../../conformance/case-context.ts';

/** What a test begins with. */
export interface CaseTestContext extends CaseContext {
  readonly broker: DevBroker;
}

type CaseTest = (name: string, run: (context: CaseTestContext) => Promise<void>) => void;

/** Starts the broker of a test file. */
export async function createCaseTest(): Promise<CaseTest> {
  const broker = await createDevBroker();
  afterAll(() => broker.close());
  return (name, run) =>
    test(name, async () => {
      await using context = createCaseContext(broker.brokers);
      await run(Object.assign(context, { broker }));
    });
}
