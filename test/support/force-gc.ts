/** Collects garbage when told to, without a flag on the command line of the test run. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Resolves when what nothing refers to is gone. */
export async function forceGc(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // A WeakRef that was made or read in a turn of the event loop keeps its target until that turn ends.
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
}
