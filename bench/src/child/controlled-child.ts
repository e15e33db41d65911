/** A process that does what it is asked: what is measured runs apart from what measures it. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CommandAnswer, CommandRequest, Commands } from './served-commands.ts';

/** A child that serves commands. Disposing of it ends its process. */
export interface ControlledChild<TCommands extends Commands> extends AsyncDisposable {
  /** Rejects with what the command threw, or when the child ends before it has answered. */
  ask<TName extends keyof TCommands & string>(
    name: TName,
    ...argument: Parameters<TCommands[TName]>
  ): Promise<Awaited<ReturnType<TCommands[TName]>>>;
}

interface OpenQuestion {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** What is measured is built as it is published; what measures runs from its sources. */
const processes = new URL('../../dist/processes/', import.meta.url);

/** Starts a file of `processes/`, whose `serveCommands` answers. It may force garbage collections. */
export function startChild<TCommands extends Commands>(name: string): ControlledChild<TCommands> {
  const file = fileURLToPath(new URL(`${name}.mjs`, processes));
  const child = fork(file, { execArgv: ['--expose-gc'] });
  const open = new Map<number, OpenQuestion>();
  let lastId = 0;

  function giveUp(error: Error): void {
    for (const { reject } of open.values()) reject(error);
    open.clear();
  }

  child.on('message', (answer: CommandAnswer) => {
    const question = open.get(answer.id);
    open.delete(answer.id);
    if (answer.ok) question?.resolve(answer.value as never);
    else question?.reject(new Error(answer.message));
  });
  child.on('error', giveUp);
  child.on('exit', (code, signal) => giveUp(new Error(`${name} ended with ${code ?? signal}`)));

  return {
    ask: (name, ...[argument]) =>
      new Promise((resolve, reject) => {
        const request: CommandRequest = { id: ++lastId, name, argument };
        open.set(request.id, { resolve, reject });
        child.send(request, (error) => {
          if (error !== null) giveUp(error);
        });
      }),
    [Symbol.asyncDispose]: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
