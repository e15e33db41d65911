/** A server whose resolvers do not come to an end before they are let, as a process of its own. */
import { callTRPCProcedure, initTRPC } from '@trpc/server';
import { applyKafkaHandler } from '@trpc-kafka/adapter';
import { serveCommands } from '../child/served-commands.ts';
import { type DriverName, drivers } from '../contestants/drivers.ts';
import { echoInput } from '../contestants/echo-input.ts';
import { settledMemoryBytes } from '../measure/settled-memory.ts';
import { createBeat } from '../streams/beat.ts';

const end = createBeat();
/** How many are held, and who waits for how many. */
let held = 0;
let wait: { readonly calls: number; readonly resolve: () => void } | undefined;

function look(): void {
  if (wait?.calls === held) wait.resolve();
}

const t = initTRPC.create();
const router = t.router({
  hold: t.procedure.input(echoInput).query(async ({ input }) => {
    held++;
    look();
    await end.next();
    held--;
    look();
    return input.text;
  }),
});

/** What its clients know. */
export type HeldCallsRouter = typeof router;

const commands = {
  async start(options: {
    service: string;
    brokers: readonly string[];
    driver: DriverName;
    calls: number;
  }): Promise<void> {
    const { service, brokers, driver, calls } = options;
    const handler = applyKafkaHandler({
      kafka: await drivers[driver]({ brokers, name: service }),
      service,
      router,
      maxConcurrentCalls: calls,
    });
    await handler.ready();
  },
  /** Resolves when so many calls are held. */
  heldCalls: (calls: number): Promise<void> =>
    new Promise((resolve) => {
      wait = { calls, resolve };
      look();
    }),
  /** The same calls without a transport. */
  holdBare(calls: number): void {
    for (let n = 0; n < calls; n++) {
      const input = { text: 'x'.repeat(100) };
      void callTRPCProcedure({
        router,
        path: 'hold',
        getRawInput: async () => input,
        ctx: {},
        type: 'query',
        signal: new AbortController().signal,
        batchIndex: 0,
      });
    }
  },
  letGo: () => end.now(),
  memoryBytes: settledMemoryBytes,
};

/** What the server's process can be asked. */
export type HeldCallsServerCommands = typeof commands;

serveCommands(commands);
