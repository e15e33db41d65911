/** How long a client takes until it can call, and its first call, when the topics are there and the server is warm. */
import { startChild } from '../child/controlled-child.ts';
import { openStage } from '../comparison/stage.ts';
import type { DriverName } from '../contestants/drivers.ts';
import type { StartingClientCommands, StartTimes } from '../processes/starting-client.ts';

/** Starts one client after the other, so many. */
export async function measureStarts({
  brokers,
  driver,
  starts,
}: {
  readonly brokers: readonly string[];
  readonly driver: DriverName;
  readonly starts: number;
}): Promise<readonly StartTimes[]> {
  await using stage = await openStage({ contestant: `kafkaLink on ${driver}`, brokers });
  await stage.closedLoop({ inFlight: 16, durationMs: 1000 });
  const times: StartTimes[] = [];
  for (let n = 0; n < starts; n++) {
    await using client = startChild<StartingClientCommands>('starting-client');
    times.push(await client.ask('measure', { brokers, service: stage.name, driver }));
  }
  return times;
}
