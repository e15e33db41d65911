/** A contestant's server, as a process of its own. */
import { serveCommands } from '../child/served-commands.ts';
import type { ContestantServer, ContestantSetting } from '../contestants/contestant.ts';
import { findContestant } from '../contestants/index.ts';
import { type CpuProfile, startCpuProfile } from '../measure/cpu-profile.ts';
import { processUsage } from '../measure/process-usage.ts';
import { settledMemoryBytes } from '../measure/settled-memory.ts';

let server: ContestantServer | undefined;
let profile: CpuProfile | undefined;

const commands = {
  async start({
    name,
    setting,
  }: {
    name: string;
    setting: ContestantSetting;
  }): Promise<{ address: string | undefined }> {
    const contestant = await findContestant(name).load();
    server = await contestant.startServer(setting);
    return { address: server.address };
  },
  async startProfile(): Promise<void> {
    profile = await startCpuProfile();
  },
  profileOwners: () => profile!.owners(),
  usage: processUsage,
  settledMemoryBytes,
  close: () => server?.close(),
};

/** What the server's process can be asked. */
export type ContestantServerCommands = typeof commands;

serveCommands(commands);
