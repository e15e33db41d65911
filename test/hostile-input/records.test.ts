/** Records in the request topic that nobody should have written: refused and told, and the partition goes on. */
import { describe, test } from 'vitest';
import { targets } from '../support/broker-targets.ts';
import { expectRefused } from './support/expect-refused.ts';
import { hostileRecords } from './support/hostile-records.ts';
import { useArena } from './support/use-arena.ts';

describe.each(targets)('on $name', (target) => {
  const arena = useArena(target);

  test.skipIf(target.skip).each(hostileRecords)('$name', (record) => expectRefused(arena(), record));
});
