/** Waits until a client's replies are read: its inbox open, and not kept from its brokers. */
import { isKafkaTransportError, KafkaTransportError } from '@trpc-kafka/core';
import type { TopicsMode } from '@trpc-kafka/core/internal';
import type { ReplyInbox } from './reply-inbox.js';

/**
 * So long an inbox that has lost its brokers is waited for. It goes on looking for them afterwards. A little longer than
 * a driver tries to connect, which knows more of what is wrong when no broker can be reached.
 */
const patienceMs = 6000;

/** Resolves when replies are read; rejects when that cannot be, or when the inbox has been without its brokers for too long. */
export async function untilReading(
  replies: ReplyInbox,
  mode: TopicsMode,
  signal: AbortSignal,
): Promise<void> {
  let isOpen = false;
  let timer: NodeJS.Timeout | undefined;
  let stopListening: (() => void) | undefined;
  let onAbort: (() => void) | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        const interruption = replies.interruption();
        if (interruption !== undefined) {
          timer ??= setTimeout(() => reject(notReading(replies.interruption() ?? interruption)), patienceMs);
          return;
        }
        clearTimeout(timer);
        timer = undefined;
        if (isOpen) resolve();
      };
      onAbort = () => reject(signal.reason as Error);
      signal.addEventListener('abort', onAbort, { once: true });
      stopListening = replies.onInterruption(look);
      look();
      replies.open(mode).then(() => {
        isOpen = true;
        look();
      }, reject);
    });
  } finally {
    clearTimeout(timer);
    stopListening?.();
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}

function notReading(cause: Error): KafkaTransportError {
  const known = isKafkaTransportError(cause) ? cause : undefined;
  return new KafkaTransportError({
    code: known?.code ?? 'BROKERS_UNREACHABLE',
    retryable: known?.retryable ?? true,
    message: `no reply could be read for ${patienceMs / 1000} s: ${known?.reason ?? cause.message}`,
    cause,
  });
}
