import type { UserConfig } from 'tsdown';

/** The build every published package shares: ESM, CJS and their declarations from the same entries. */
export function libraryBuild(entry: readonly string[] = ['src/index.ts']): UserConfig {
  return {
    entry: [...entry],
    format: ['esm', 'cjs'],
    dts: true,
    target: 'node20',
    platform: 'node',
    sourcemap: false,
    clean: true,
    fixedExtension: true,
  };
}
