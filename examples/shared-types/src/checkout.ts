/**
 * The repository of the checkout team, cloned into a folder far from this one: it has the packed package and no way to
 * the flights service's sources.
 */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PackedPackages } from '../../../scripts/packages/packed-packages.js';
import { runTool, type ToolOutput } from '../../../scripts/packages/run-tool.js';

const sources = fileURLToPath(new URL('../checkout', import.meta.url));

/** What is installed. */
export interface CheckoutOptions {
  /** The tarball of the flights service's package. */
  readonly api: string;
  /** The tarballs of trpc-kafka. */
  readonly packages: PackedPackages;
}

/** A clone with everything installed. */
export interface Checkout extends AsyncDisposable {
  readonly path: string;
  /** Installs another release of the flights service's package. */
  upgrade(api: string): Promise<void>;
  /** Type-checks the program and builds it. Rejects with what the compiler says. */
  build(): Promise<void>;
  /** Runs the program. Rejects when it fails. */
  start(brokers: readonly string[]): Promise<ToolOutput>;
}

/** Clones and installs. The folder is removed when it is disposed of. */
export async function cloneCheckout({ api, packages }: CheckoutOptions): Promise<Checkout> {
  const path = await mkdtemp(join(tmpdir(), 'trpc-kafka-checkout-'));
  const install = async (tarball: string): Promise<void> => {
    // Where nothing is published yet, names lead to tarballs; of a registry none of this would be needed.
    const overrides = Object.fromEntries(
      [...packages, ['@acme/flights-api', tarball]].map(([name, file]) => [name, `file:${file}`]),
    );
    await writeFile(
      join(path, 'pnpm-workspace.yaml'),
      JSON.stringify({ overrides, autoInstallPeers: false }),
    );
    await runTool('pnpm', ['install', '--no-frozen-lockfile', '--prefer-offline', '--ignore-scripts'], {
      cwd: path,
    });
  };
  const checkout: Checkout = {
    path,
    upgrade: install,
    build: async () => void (await runTool('pnpm', ['build'], { cwd: path })),
    start: (brokers) =>
      runTool('pnpm', ['--silent', 'start'], { cwd: path, env: { KAFKA_BROKERS: brokers.join() } }),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
  try {
    await cp(sources, path, { recursive: true, filter: (from) => !/\/(node_modules|out)$/.test(from) });
    await install(api);
    return checkout;
  } catch (error) {
    await checkout[Symbol.asyncDispose]();
    throw error;
  }
}
