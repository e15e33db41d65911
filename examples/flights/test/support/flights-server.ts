import { createFlightsContext, type FlightsContext } from '../../src/flights-context.js';
import { temporaryFolder } from './temporary-folder.js';

/** A context of a server instance, its folder and its log. */
export interface TestContext extends AsyncDisposable {
  readonly context: FlightsContext;
  readonly lines: readonly string[];
}

/** What a server instance has at hand, with a folder of its own and a log one can read. */
export async function testContext(instance = 'test-1'): Promise<TestContext> {
  const folder = await temporaryFolder();
  const lines: string[] = [];
  const context = await createFlightsContext({
    instance,
    dataDirectory: folder.path,
    log: (line) => lines.push(line),
  });
  return { context, lines, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}
