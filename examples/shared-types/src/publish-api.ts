/** What the flights team's release does: builds its types-only package and packs it. A registry would take the tarball from here. */
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTool } from '../../../scripts/packages/run-tool.js';

const flights = fileURLToPath(new URL('../flights', import.meta.url));
/** Below this example, so that the service's dependencies are found, and ignored by git. */
const workshop = fileURLToPath(new URL('../.cache', import.meta.url));

/** What is released. */
export interface ReleaseOptions {
  /** Changes the sources before, as somebody would who works on the service. @default not at all */
  readonly change?: (repository: string) => Promise<void>;
}

/** A packed release. It is gone when it is disposed of. */
export interface Release extends AsyncDisposable {
  readonly tarball: string;
}

/** Builds and packs a release. Works on a copy, so that releases do not disturb each other. */
export async function publishApi({ change }: ReleaseOptions = {}): Promise<Release> {
  await mkdir(workshop, { recursive: true });
  const repository = await mkdtemp(join(workshop, 'release-'));
  const remove = (): Promise<void> => rm(repository, { recursive: true, force: true });
  try {
    await cp(flights, repository, {
      recursive: true,
      filter: (path) => !/\/(node_modules|dist|\.types)$/.test(path),
    });
    await change?.(repository);
    const cwd = join(repository, 'api');
    await runTool('pnpm', ['build'], { cwd });
    const { stdout } = await runTool('pnpm', ['pack', '--pack-destination', repository], { cwd });
    return { tarball: stdout.trim().split('\n').at(-1)!, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
