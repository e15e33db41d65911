import type { DriverCase } from '../driver-case.js';

export const faultCases: readonly DriverCase[] = [];
