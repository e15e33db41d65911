/** A client that is timed from its creation on: each sample in a process of its own, as after a deployment. */
import { createTRPCClient } from '@trpc/client';
import { createKafkaClient, kafkaLink } from '@trpc-kafka/link';
import { serveCommands } from '../child/served-commands.ts';
import { type DriverName, drivers } from '../contestants/drivers.ts';
import type { EchoRouter } from '../contestants/echo-router.ts';
import { median } from '../measure/statistics.ts';

/** Where it starts. */
export interface StartPlace {
  readonly brokers: readonly string[];
  readonly service: string;
  readonly driver: DriverName;
}

/** How long it took, in ms. */
export interface StartTimes {
  /** From its creation until calls can be sent at once. */
  readonly readyMs: number;
  /** The first call. */
  readonly firstCallMs: number;
  /** A call of the same process, one at a time, when it has made a few hundred: the median. */
  readonly warmCallMs: number;
}

const callsBeforeWarm = 400;
const warmCalls = 200;

const commands = {
  async measure({ brokers, service, driver }: StartPlace): Promise<StartTimes> {
    // Loading code is not starting: whoever starts a client has loaded it.
    const createDriver = drivers[driver];
    await (await createDriver({ brokers, name: `${service}-unused` })).close();
    const startedAt = performance.now();
    const kafka = await createDriver({ brokers, name: service });
    const kafkaClient = createKafkaClient({ kafka, service, app: `${service}-app` });
    await kafkaClient.ready();
    const readyMs = performance.now() - startedAt;
    const client = createTRPCClient<EchoRouter>({ links: [kafkaLink({ client: kafkaClient })] });
    const call = async (): Promise<number> => {
      const calledAt = performance.now();
      await client.echo.query({ text: 'x'.repeat(100) });
      return performance.now() - calledAt;
    };
    const firstCallMs = await call();
    for (let n = 0; n < callsBeforeWarm; n++) await call();
    const warm: number[] = [];
    while (warm.length < warmCalls) warm.push(await call());
    await kafkaClient.close();
    await kafka.close();
    return { readyMs, firstCallMs, warmCallMs: median(warm) };
  },
};

/** What the client's process can be asked. */
export type StartingClientCommands = typeof commands;

serveCommands(commands);
