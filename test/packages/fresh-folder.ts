/**
 * A folder far from this repository with the packed packages installed in it, as a user has them.
 * Owns: installing by an ordinary package client. Must not know: what is installed for what.
 */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PackedPackages } from '../../scripts/packages/packed-packages.js';
import { runTool, type ToolOutput } from '../../scripts/packages/run-tool.js';
import type { PackageClient } from './matrix.js';

/** What a fresh folder is made from. */
export interface FreshFolderOptions {
  /** All of them are installed. */
  readonly packages: PackedPackages;
  /** What else is installed: name and version, or `npm:name@version` under another name. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** @default 'pnpm' */
  readonly client?: PackageClient;
}

/** A folder with packages installed. */
export interface FreshFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes files, by path from the folder. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** Copies a file or folder of the repository. */
  copy(from: string, to: string): Promise<void>;
  /** Runs a program in the folder, or below it. Rejects when it fails. */
  run(file: string, args: readonly string[], options?: FolderRunOptions): Promise<ToolOutput>;
}

/** How a program is run in a fresh folder. */
export interface FolderRunOptions {
  readonly in?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Makes and installs one. It is removed when it is disposed of. */
export async function createFreshFolder(options: FreshFolderOptions): Promise<FreshFolder> {
  const path = await mkdtemp(join(tmpdir(), 'trpc-kafka-fresh-'));
  const folder: FreshFolder = {
    path,
    async write(files) {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(path, name)), { recursive: true });
        await writeFile(join(path, name), text);
      }
    },
    copy: (from, to) => cp(from, join(path, to), { recursive: true }),
    run: (file, args, { in: below = '', env = {} } = {}) =>
      runTool(file, args, { cwd: join(path, below), env }),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
  try {
    await install(folder, options);
    return folder;
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

async function install(folder: FreshFolder, options: FreshFolderOptions): Promise<void> {
  const { packages, dependencies, client = 'pnpm' } = options;
  const tarballs = Object.fromEntries([...packages].map(([name, tarball]) => [name, `file:${tarball}`]));
  const manifest = { name: 'fresh', private: true, dependencies: { ...tarballs, ...dependencies } };
  await folder.write({ 'package.json': JSON.stringify(manifest) });
  if (client === 'npm') {
    await folder.run('npm', ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund']);
    return;
  }
  // Without the overrides pnpm would look for the packages that ours depend on in the registry.
  const settings = { overrides: tarballs, strictPeerDependencies: true, autoInstallPeers: false };
  await folder.write({ 'pnpm-workspace.yaml': JSON.stringify(settings) });
  await folder.run('pnpm', ['install', '--prefer-offline', '--ignore-scripts']);
}
