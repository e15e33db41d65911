import { spawnSync } from 'node:child_process';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { withFileLock } from '../../scripts/kafka/file-lock.js';

describe('a file lock', () => {
  let path: string;

  beforeEach(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lock-'));
    path = join(folder, 'lock');
    return () => rm(folder, { recursive: true });
  });

  it('lets one in at a time', async () => {
    let inside = 0;
    const most: number[] = [];
    const visit = (): Promise<void> =>
      withFileLock(path, async () => {
        most.push(++inside);
        await new Promise(setImmediate);
        inside--;
      });
    await Promise.all([visit(), visit(), visit()]);
    expect(most).toEqual([1, 1, 1]);
  });

  it('is given back when the work fails', async () => {
    await expect(withFileLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(access(path)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await withFileLock(path, async () => 'yes')).toBe('yes');
  });

  it('is broken when its owner is dead', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    await writeFile(path, String(pid));
    expect(await withFileLock(path, async () => 'in')).toBe('in');
  });
});
