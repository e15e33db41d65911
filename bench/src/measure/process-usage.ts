/** What a process has used since its start. */

/** CPU time, and memory as it stands. */
export interface ProcessUsage {
  /** User and system time. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** Of this process. */
export function processUsage(): ProcessUsage {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() };
}
