/** Instances that come and go under load, and ends that leave nothing behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { setInterval as ticks } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TRPCClientError } from '@trpc/client';
import { Kafka, logLevel } from 'kafkajs';
import { expect } from 'vitest';
import type { CaseContext } from '../case-context.ts';
import type { ConformanceCase } from '../conformance-case.ts';

const callAndClose = fileURLToPath(new URL('../fixtures/call-and-close.ts', import.meta.url));

/** Makes ten calls every 50 ms, forty times: 200 a second for two seconds. */
async function callSteadily(call: () => void, atTick: Readonly<Record<number, () => void>>): Promise<void> {
  let tick = 0;
  for await (const _ of ticks(50)) {
    atTick[tick]?.();
    for (let n = 0; n < 10; n++) call();
    if (++tick === 40) return;
  }
}

/** The address of a broker that accepts connections and says nothing. */
async function silentBroker({ defer }: CaseContext): Promise<string> {
  const server = createServer((socket) => socket.on('error', () => {}).resume());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  defer(() => server.close());
  const address = server.address();
  return typeof address === 'object' ? `127.0.0.1:${address?.port}` : '';
}

export const handoverCases: readonly ConformanceCase[] = [
  {
    name: 'under 200 calls a second an instance takes over from another: every call is answered, none runs twice',
    async run({ serve, connect, log }) {
      const first = await serve();
      const { client, kafkaClient } = connect();
      await kafkaClient.ready();
      const calls: Promise<unknown>[] = [];
      const call = (): void => void calls.push(client.calls.noted.mutate(`call ${calls.length}`));
      const handovers: Promise<unknown>[] = [];
      await callSteadily(call, {
        10: () => handovers.push(serve().then(() => first.close())),
      });
      const [outcomes] = await Promise.all([Promise.allSettled(calls), Promise.all(handovers)]);
      expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
      expect([...log.all()].sort()).toEqual(calls.map((_, n) => `call ${n}`).sort());
      expect(kafkaClient.counters()).toMatchObject({ timeouts: 0, lateReplies: 0 });
    },
  },
  {
    name: 'an instance that is closed answers what it is working on',
    async run({ start, log }) {
      const { client, handler } = await start();
      const working = client.calls.waitFor.query('work');
      await log.until('begun work');
      const closing = new Promise<void>((resolve) =>
        handler.on((event) => event.type === 'closing' && resolve()),
      );
      const closed = handler.close();
      await closing;
      log.note('work');
      expect(await working).toBe('work');
      await closed;
    },
  },
  {
    name: 'a client that is closed before it is connected fails what waits, of every kind',
    async run(context) {
      const kafka = new Kafka({ brokers: [await silentBroker(context)], logLevel: logLevel.NOTHING });
      const { client, emitter, kafkaClient } = context.connect({ kafka });
      const call = client.calls.echo.query(1).catch((error: unknown) => error);
      const oneWay = emitter.calls.noted('never').catch((error: unknown) => error);
      const ready = kafkaClient.ready().catch((error: unknown) => error);
      const told: string[] = [];
      client.streams.idle.subscribe(undefined, {
        onComplete: () => told.push('complete'),
        onError: (error) => told.push(error.message),
      });
      await kafkaClient.close();
      const failed = await call;
      expect(failed).toBeInstanceOf(TRPCClientError);
      expect(failed).toMatchObject({ cause: { code: 'CLIENT_CLOSED' } });
      expect(await oneWay).toMatchObject({ code: 'CLIENT_CLOSED' });
      expect(await ready).toMatchObject({ code: 'CLIENT_CLOSED' });
      expect(told).toEqual(['complete']);
    },
  },
  {
    name: 'a client that is closed fails the call that an interceptor still looks at, and sends the one-way call',
    async run({ start, log }) {
      const { client, emitter, kafkaClient } = await start({
        connect: {
          interceptors: [
            {
              beforeSend() {
                log.note('asked');
                return log.until('go on');
              },
            },
          ],
        },
      });
      const call = client.calls.noted.mutate('call').catch((error: unknown) => error);
      const oneWay = emitter.calls.noted('one-way');
      await log.until('asked', 2);
      const closed = kafkaClient.close();
      expect(await call).toMatchObject({ cause: { code: 'CLIENT_CLOSED' } });
      await expect(emitter.calls.noted('after')).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
      log.note('go on');
      await closed;
      expect(await oneWay).toMatchObject({ offset: 0 });
      await log.until('one-way');
      expect(log.count('call') + log.count('after')).toBe(0);
    },
  },
  {
    name: 'a process that closes what it opened ends by itself',
    async run({ service, brokers, defer }) {
      const args = ['--import', 'tsx', callAndClose, `${service.name}-process`, ...brokers];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      defer(() => child.kill('SIGKILL'));
      const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
      expect([said, code]).toEqual(['pong\nclosed\n', 0]);
    },
  },
];
