/** The same router over HTTP, in one process. */
import { createFlightsContext } from './flights-context.js';
import { announceReady, closeOnExit, runMain } from './process/life.js';
import { readSettings } from './process/settings.js';
import { serveOverHttp } from './serve/over-http.js';

const log = (line: string): boolean => process.stdout.write(`${line}\n`);

runMain(async () => {
  const settings = readSettings(process.env);
  const context = await createFlightsContext({ ...settings, log });
  const serving = await serveOverHttp(context, settings.port);
  closeOnExit(serving);
  announceReady(serving.url);
});
