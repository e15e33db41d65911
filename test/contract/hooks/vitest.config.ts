import { createHooksProject } from './hooks-project.ts';

export default createHooksProject(import.meta.dirname);
