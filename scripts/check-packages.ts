/** Asks publint and attw about each package as it would be published: its tarball, in every way its `exports` promise. */
import { packedPackages } from './packages/packed-packages.js';
import { runTool } from './packages/run-tool.js';

const root = new URL('..', import.meta.url).pathname;

/** `node10` resolution is left out: it knows no `exports`, and everything here is in them. */
async function complaintsAbout(tarball: string): Promise<string | undefined> {
  try {
    await runTool('pnpm', ['exec', 'publint', '--strict', tarball], { cwd: root });
    await runTool('pnpm', ['exec', 'attw', '--profile', 'node16', tarball], { cwd: root });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

async function check([name, tarball]: readonly [string, string]): Promise<boolean> {
  const complaints = await complaintsAbout(tarball);
  if (complaints === undefined) process.stdout.write(`${name}: publint and attw have nothing to say\n`);
  else process.stderr.write(`${name}: ${complaints}\n`);
  return complaints === undefined;
}

const packed = await packedPackages();
const results = await Promise.all([...packed].map(check));
process.exitCode = results.every(Boolean) ? 0 : 1;
