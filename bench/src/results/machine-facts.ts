/** What a figure depends on beside the code: nothing that tells whose machine it is. */
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** A machine. */
export interface MachineFacts {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGb: number;
  readonly node: string;
  readonly platform: string;
  /** Over the minute before the run: above 0.1 or so, somebody else was at work. */
  readonly loadBefore: number;
}

/** Of this one, now. */
export function machineFacts(): MachineFacts {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    loadBefore: loadavg()[0]!,
  };
}
