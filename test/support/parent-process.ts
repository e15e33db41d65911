/** The side of a forked fixture: what its parent hears of it. */
import type { KafkaHandler } from '@trpc-kafka/adapter';

/** Says a line to the parent. */
export function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Ends this process with its parent, which may be gone without a word. */
export function endWithParent(): void {
  process.on('disconnect', () => process.exit(1));
}

/** Says `ready` when the handler is. */
export async function serveParent(handler: KafkaHandler): Promise<void> {
  endWithParent();
  await handler.ready();
  tell('ready');
}
