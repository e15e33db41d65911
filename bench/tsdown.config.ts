import { defineConfig } from 'tsdown';

/** What is measured is the code as it is published: tsx names every function, and each name costs 256 bytes. */
export default defineConfig({
  entry: { 'processes/*': 'src/processes/*.ts' },
  format: 'esm',
  target: 'node20',
  platform: 'node',
  dts: false,
  clean: true,
  fixedExtension: true,
  deps: { alwaysBundle: [/^@trpc-kafka\//] },
  logLevel: 'warn',
});
