import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('guardian.sh', import.meta.url));

/** Sees to it that a cluster does not outlive this process, whatever ends it. */
export interface Guardian {
  /** These processes are killed at the end; called with all that live, each time one comes or goes. */
  watch(pids: readonly number[]): void;
  /** Lets the cluster live on after this process. */
  release(): Promise<void>;
  /** Kills the nodes and removes their folder, now. Resolves when that is done; again and again is fine. */
  end(): Promise<void>;
}

export interface GuardianOptions {
  readonly folder: string;
  /** The label of the cluster's containers and network, when Docker runs it. */
  readonly dockerLabel?: string | undefined;
}

export async function startGuardian(options: GuardianOptions): Promise<Guardian> {
  const { folder, dockerLabel = '' } = options;
  // A session of its own: Ctrl-C at the terminal must not end the guardian before its work.
  const child = spawn('sh', [script, folder, dockerLabel], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await once(child, 'spawn');
  const pipe = child.stdin;
  // EPIPE: somebody killed the guardian. end() then does its work by a second one.
  pipe.on('error', () => {});
  // Neither may keep the event loop alive: a program that forgets its cluster still ends, and the cluster with it.
  child.unref();
  (pipe as unknown as Socket).unref();

  let pids: readonly number[] = [];
  let lastWord: Promise<void> | undefined;

  const finish = async (word: string): Promise<void> => {
    const gone = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.ref();
    pipe.end(word);
    await gone;
  };

  return {
    watch(next) {
      pids = next;
      pipe.write(`${pids.join(' ')}\n`);
    },
    release() {
      lastWord ??= finish('release\n');
      return lastWord;
    },
    end() {
      lastWord ??= finish('').then(() =>
        child.exitCode === 0 ? undefined : clearAway({ ...options, pids }),
      );
      return lastWord;
    },
  };
}

/** Kills the processes, removes containers and folder: what a guardian does at the end, done at once. */
export async function clearAway(options: GuardianOptions & { pids: readonly number[] }): Promise<void> {
  const { folder, dockerLabel = '', pids } = options;
  const child = spawn('sh', [script, folder, dockerLabel], { stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.end(`${pids.join(' ')}\n`);
  await once(child, 'exit');
}
