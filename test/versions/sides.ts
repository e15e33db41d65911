/** The two versions that talk to each other, each installed in a folder of its own. */
import { join } from 'node:path';
import { packagesOfCommit } from '../../scripts/packages/packages-of-commit.js';
import { type PackedPackages, packedPackages } from '../../scripts/packages/packed-packages.js';
import { createFreshFolder, type FreshFolder } from '../packages/fresh-folder.js';
import { applicationDependencies } from '../packages/matrix.js';
import { buildApp } from '../packages/packed-app.js';
import { type Program, startProgram } from '../support/program.js';
import { previousVersion } from './previous-version.js';

/** One of the two versions. */
export type Side = 'previous' | 'present';

/** The programs in `packages/app/versions`. */
export type Part = 'server' | 'client' | 'caller';

/** Both versions, until they are disposed of. */
export interface Sides extends AsyncDisposable {
  /** Starts a program on packages of that version. */
  run(side: Side, args: readonly [Part, ...string[]]): Program;
}

/** Installs both, and compiles the same programs with each: what users wrote goes on to compile. */
export async function installSides(): Promise<Sides> {
  const folders = {
    previous: await installSide(await packagesOfCommit(await previousVersion())),
    present: await installSide(await packedPackages()),
  };
  return {
    run: (side, [part, ...args]) =>
      startProgram({
        cwd: join(folders[side].path, 'app-esm'),
        args: [`out/versions/${part}.js`, ...args],
        env: { SIDE: side },
      }),
    async [Symbol.asyncDispose]() {
      await folders.previous[Symbol.asyncDispose]();
      await folders.present[Symbol.asyncDispose]();
    },
  };
}

async function installSide(packages: PackedPackages): Promise<FreshFolder> {
  const folder = await createFreshFolder({ packages, dependencies: applicationDependencies() });
  const programs = ['server', 'client', 'caller'].map((name) => `versions/${name}`);
  const complaints = await buildApp({ folder, modules: 'esm', programs });
  if (complaints.length > 0) throw new Error(`does not compile: ${JSON.stringify(complaints, null, 2)}`);
  return folder;
}
