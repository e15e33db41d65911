/** Whether everything is tried, however long it takes: `pnpm test:full`. A plain run tries one of each kind. */
export const isFullMatrix: boolean = process.env['TEST_MATRIX'] === 'full';
