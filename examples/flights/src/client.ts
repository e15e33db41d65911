/** A client of the flights service, in a process of its own: of the server it knows only a type. */
import type { FlightsConnection } from './connect/flights-connection.js';
import { connectOverHttp } from './connect/over-http.js';
import { connectOverKafka } from './connect/over-kafka.js';
import { closeOnExit, runMain } from './process/life.js';
import { readSettings, type Settings } from './process/settings.js';
import { column } from './terminal/columns.js';
import { createPaint, type Paint, wantsColors } from './terminal/paint.js';
import { createComparingStage, createFullStage, type Stage } from './terminal/stage.js';
import { runWalk } from './walk/run-walk.js';

const write = (text: string): boolean => process.stdout.write(text);

runMain(async () => {
  const settings = readSettings(process.env);
  const paint = createPaint({ colors: wantsColors(process.stdout, process.env) });
  const day = new Date(Date.now() + 30 * 24 * 3_600_000);
  closeOnExit({ close: () => process.exit(1) });
  let first: { transport: string; stage: Stage } | undefined;
  for (const connect of transportsOf(settings)) {
    const connection = connect();
    const stage = first ? compareWith(first, connection, paint) : present(connection, paint);
    await runWalk({ connection, stage, paint, day });
    await connection.close();
    first ??= { transport: connection.transport, stage };
  }
});

/** Kafka first if there are brokers, then HTTP if there is a URL. */
function transportsOf(settings: Settings): (() => FlightsConnection)[] {
  const { brokers, url } = settings;
  const transports = [
    ...(brokers.length > 0 ? [() => connectOverKafka(brokers)] : []),
    ...(url === undefined ? [] : [() => connectOverHttp(url)]),
  ];
  if (transports.length > 0) return transports;
  throw new Error(
    'Nothing to connect to: set KAFKA_BROKERS=host:9092 or FLIGHTS_URL=http://host:port, or both',
  );
}

function present(connection: FlightsConnection, paint: Paint): Stage {
  write(`\n${paint.title(`A walk over ${connection.transport}`)}\n`);
  return createFullStage({ write, paint });
}

function compareWith(
  first: { transport: string; stage: Stage },
  connection: FlightsConnection,
  paint: Paint,
): Stage {
  const note = paint.quiet('one call each, just started: no benchmark');
  write(`\n${paint.title(`The same walk over ${connection.transport}`)}   ${note}\n`);
  const heads = [first.transport, connection.transport].map((name) => column(name, 12, 'right')).join('');
  write(paint.quiet(`${' '.repeat(49)}${heads}\n`));
  return createComparingStage({ write, paint, earlier: first.stage });
}
