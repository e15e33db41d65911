/** A CPU profile of this process, for Chrome's DevTools. */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { type OwnerTimes, ownerTimes } from './profile-owners.ts';

/** A profile that is being taken. */
export interface CpuProfile {
  /** Ends it and writes it to a file. */
  save(file: string): Promise<void>;
  /** Ends it and tells whose code the time went to. */
  owners(): Promise<OwnerTimes>;
}

/** Begins to look where time goes. */
export async function startCpuProfile(): Promise<CpuProfile> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  const stop = async () => {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    return profile;
  };
  return {
    async save(file) {
      writeFileSync(file, JSON.stringify(await stop()));
    },
    async owners() {
      return ownerTimes(await stop());
    },
  };
}
