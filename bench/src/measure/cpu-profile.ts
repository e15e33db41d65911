/** A CPU profile of this process, for Chrome's DevTools. */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

/** A profile that is being taken. */
export interface CpuProfile {
  /** Ends it and writes it to a file. */
  save(file: string): Promise<void>;
}

/** Begins to look where time goes. */
export async function startCpuProfile(): Promise<CpuProfile> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  return {
    async save(file) {
      const { profile } = await session.post('Profiler.stop');
      session.disconnect();
      writeFileSync(file, JSON.stringify(profile));
    },
  };
}
