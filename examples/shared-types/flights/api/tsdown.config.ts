import { copyFile } from 'node:fs/promises';
import type { UserConfig } from 'tsdown';

const shared: UserConfig = { platform: 'node', target: 'node20', fixedExtension: true, clean: false };

/** The program: of `src/index.ts` only the definition of the service is left. */
const javascript: UserConfig = {
  ...shared,
  entry: { index: 'src/index.ts' },
  format: ['esm', 'cjs'],
  dts: false,
};

/** What the compiler has inferred and emitted, reduced to what the index exports, in one file for either module system. */
const declarations: UserConfig = {
  ...shared,
  entry: { index: './.types/api/src/index.d.ts' },
  format: 'esm',
  dts: { dtsInput: true, emitDtsOnly: true },
  hooks: { 'build:done': () => copyFile('dist/index.d.ts', 'dist/index.d.cts') },
};

export default [javascript, declarations];
