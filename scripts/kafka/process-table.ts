import { readdir, readFile } from 'node:fs/promises';
import { runCommand } from './run-command.js';

export interface RunningProcess {
  readonly pid: number;
  readonly commandLine: string;
}

/**
 * The processes with `marker` in their command line, in which a space follows each argument. A node's settings file is part of its command line, so the folder
 * of a cluster names its processes and no others: unlike a pid written down earlier, it cannot name a stranger.
 */
export async function findProcesses(marker: string): Promise<RunningProcess[]> {
  const all = process.platform === 'linux' ? await readProcFolder() : await askPs();
  return all.filter(({ commandLine }) => commandLine.includes(marker));
}

/** Whether a process of that id exists, ours or not. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Linux images without procps are common, so `ps` is not counted on there. */
async function readProcFolder(): Promise<RunningProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      // A process may end between the listing and the reading.
      const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return { pid: Number(pid), commandLine: commandLine.replaceAll('\0', ' ') };
    }),
  );
  return found.filter(({ commandLine }) => commandLine !== '');
}

async function askPs(): Promise<RunningProcess[]> {
  const { stdout } = await runCommand('ps', ['-Awwo', 'pid=,command=']);
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(.*)$/.exec(line);
    return match === null ? [] : [{ pid: Number(match[1]), commandLine: `${match[2]} ` }];
  });
}
