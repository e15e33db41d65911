/** What a child process does when its parent asks: the child's end of `controlled-child.ts`. */

/** What can be asked, by name. Arguments and answers pass through JSON. */
export type Commands = Readonly<Record<string, (argument: never) => unknown>>;

/** A parent's question. */
export interface CommandRequest {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

/** A child's answer. */
export type CommandAnswer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly message: string };

/** Answers the parent of this process until it disconnects, which ends the process. */
export function serveCommands(commands: Commands): void {
  process.on('message', ({ id, name, argument }: CommandRequest) => {
    const carryOut = async (): Promise<unknown> => await commands[name]!(argument as never);
    carryOut().then(
      (value) => send({ id, ok: true, value }),
      (error: unknown) =>
        send({ id, ok: false, message: error instanceof Error ? error.stack! : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}

function send(answer: CommandAnswer): void {
  process.send?.(answer);
}
