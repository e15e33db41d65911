/**
 * The whole example at once: a broker, two server instances, the HTTP server and a client, each in its own process.
 * Owns: which processes there are and how their output is shown.
 * Must not know: what the client calls.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMain } from './process/life.js';
import { reachBrokers } from './process/reach-brokers.js';
import { readSettings } from './process/settings.js';
import {
  type ChildLine,
  createSupervisor,
  type StartedProcess,
  type Supervisor,
} from './process/supervisor.js';
import { column, milliseconds } from './terminal/columns.js';
import { createPaint, wantsColors } from './terminal/paint.js';

const colors = wantsColors(process.stdout, process.env);
const paint = createPaint({ colors });
const write = (text: string): boolean => process.stdout.write(text);
/** No demo takes as long; something that should have answered did not. */
const patienceMs = 60_000;

runMain(async () => {
  const startedAt = performance.now();
  const dataDirectory = await mkdtemp(join(tmpdir(), 'trpc-kafka-flights-'));
  const supervisor = createSupervisor({
    env: { FLIGHTS_DATA: dataDirectory, FORCE_COLOR: colors ? '1' : '0' },
    onLine: showLine,
  });
  endWhenAsked(supervisor);
  try {
    await runDemo(supervisor);
    await supervisor.stopAll();
    write(
      `\n${paint.good('Done')} in ${milliseconds(performance.now() - startedAt)}: one router, two transports.\n`,
    );
  } catch (error) {
    await supervisor.stopAll();
    write(`\n${paint.bad('Stopped:')} ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
});

async function runDemo(supervisor: Supervisor): Promise<void> {
  write(`${paint.title('trpc-kafka: a flights service')}\n\n`);
  const brokers = await findBrokers(supervisor);
  const startServer = async (name: string, script: string): Promise<StartedProcess> => {
    const env = { KAFKA_BROKERS: brokers, FLIGHTS_INSTANCE: name };
    return showProcess(await supervisor.start({ name, script, env }));
  };
  const [http] = await Promise.all([
    startServer('http-1', 'http-server.ts'),
    startServer('flights-1', 'server.ts'),
    startServer('flights-2', 'server.ts'),
  ]);
  const client = {
    name: 'client',
    script: 'client.ts',
    env: { KAFKA_BROKERS: brokers, FLIGHTS_URL: http.address },
  };
  await supervisor.run(client, (pid) =>
    showLaunch({ name: client.name, pid, note: "knows the router's type only" }),
  );
}

/** Brokers from outside if there are any, else the embedded one. */
async function findBrokers(supervisor: Supervisor): Promise<string> {
  const { brokers } = readSettings(process.env);
  if (brokers.length > 0) {
    await reachBrokers(brokers);
    write(`  ${column('brokers', 10)} ${brokers.join(',')} from KAFKA_BROKERS\n`);
    return brokers.join(',');
  }
  const broker = await supervisor.start({ name: 'broker', script: 'broker.ts', outlivesOthers: true });
  showProcess(broker);
  return broker.address;
}

function showProcess(started: StartedProcess): StartedProcess {
  const ready = paint.quiet(`ready after ${milliseconds(started.startedInMs)}`);
  showLaunch({ ...started, note: `${column(started.address, 32)} ${ready}` });
  return started;
}

function showLaunch(launch: { readonly name: string; readonly pid: number; readonly note: string }): void {
  write(`  ${paint.strong(column(launch.name, 10))} pid ${column(String(launch.pid), 8)} ${launch.note}\n`);
}

/** The client's lines as they are, those of the servers beside them, quietly. */
function showLine(line: ChildLine): void {
  if (line.from === 'stderr')
    write(`${paint.bad(column(line.process, 9))} ${paint.quiet('|')} ${line.text}\n`);
  else if (line.process === 'client') write(`${line.text}\n`);
  else write(`${paint.quiet(`${column(line.process, 9)} | ${line.text}`)}\n`);
}

function endWhenAsked(supervisor: Supervisor): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => supervisor.fail(`the demo got ${signal}`));
  }
  // Nobody reads on, as in `pnpm demo | head`.
  process.stdout.on('error', () => supervisor.fail('nobody reads the output any more'));
  setTimeout(
    () => supervisor.fail(`the demo did not finish within ${milliseconds(patienceMs)}`),
    patienceMs,
  ).unref();
}
