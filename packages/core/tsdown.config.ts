import { defineConfig } from 'tsdown';
import { libraryBuild } from '../../tsdown.shared.ts';

export default defineConfig(
  libraryBuild(['src/index.ts', 'src/internal.ts', 'src/health.ts', 'src/platformatic.ts']),
);
