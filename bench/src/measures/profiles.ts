/** Where the CPU time of a call goes: tRPC, the Kafka client, the system, or us. */
import { openStage } from '../comparison/stage.ts';
import type { DriverName } from '../contestants/drivers.ts';
import type { ContestantEntry } from '../contestants/index.ts';
import type { OwnerTimes } from '../measure/profile-owners.ts';

/** Microseconds of CPU a call, by owner, of one contestant. */
export interface ProfileFigures {
  readonly contestant: string;
  readonly client: OwnerTimes;
  readonly server: OwnerTimes;
}

const inFlight = 256;

/** Profiles both sides of calls over the driver, over none, and of bare ones. */
export async function measureProfiles(options: {
  readonly brokers: readonly string[];
  readonly driver: DriverName;
  readonly warmUpMs: number;
  readonly durationMs: number;
}): Promise<readonly ProfileFigures[]> {
  const { brokers, driver, warmUpMs, durationMs } = options;
  const profiled: readonly ContestantEntry['name'][] = [
    `kafkaLink on ${driver}`,
    `kafkaBatchLink on ${driver}`,
    'wsLink',
    `raw ${driver}`,
  ];
  const figures: ProfileFigures[] = [];
  for (const contestant of profiled) {
    await using stage = await openStage({ contestant, brokers });
    await stage.closedLoop({ inFlight, durationMs: warmUpMs });
    const { calls, client, server } = await stage.profile({ inFlight, durationMs });
    figures.push({ contestant, client: perCall(client, calls), server: perCall(server, calls) });
  }
  return figures;
}

function perCall(times: OwnerTimes, calls: number): OwnerTimes {
  return Object.fromEntries(Object.entries(times).map(([owner, ms]) => [owner, (ms * 1000) / calls]));
}
