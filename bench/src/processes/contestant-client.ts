/** A contestant's client, and whoever calls by it, as a process of its own. */
import { serveCommands } from '../child/served-commands.ts';
import type { ClientSetting, ContestantClient } from '../contestants/contestant.ts';
import { findContestant } from '../contestants/index.ts';
import { callInClosedLoop } from '../load/closed-loop.ts';
import { createEchoCall } from '../load/echo-call.ts';
import { callInOpenLoop } from '../load/open-loop.ts';
import { readStreams } from '../load/stream-loop.ts';
import { type CpuProfile, startCpuProfile } from '../measure/cpu-profile.ts';
import { processUsage } from '../measure/process-usage.ts';
import { settledMemoryBytes } from '../measure/settled-memory.ts';

let client: ContestantClient | undefined;
let call: () => Promise<void>;
let profile: CpuProfile | undefined;

const commands = {
  async start({ name, setting }: { name: string; setting: ClientSetting }): Promise<void> {
    const contestant = await findContestant(name).load();
    client = await contestant.openClient(setting);
    call = createEchoCall(client);
  },
  closedLoop: (load: { inFlight: number; durationMs: number }) => callInClosedLoop(call, load),
  openLoop: (load: { perSecond: number; durationMs: number }) => callInOpenLoop(call, load),
  streams: (load: { streams: number; items: number; durationMs: number }) => readStreams(client!, load),
  async startProfile(): Promise<void> {
    profile = await startCpuProfile();
  },
  profileOwners: () => profile!.owners(),
  usage: processUsage,
  settledMemoryBytes,
  close: () => client?.close(),
};

/** What the client's process can be asked. */
export type ContestantClientCommands = typeof commands;

serveCommands(commands);
